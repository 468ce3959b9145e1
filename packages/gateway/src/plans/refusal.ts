import { GatewayError } from '../errors.ts';

/** @param path the place in the plan, such as `plan.related[0].where` */
export function badPlan(path: string, message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_PLAN', `${path}: ${message}`);
}

export function overLimit(path: string, message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_LIMIT', `${path}: ${message}`);
}

/** A client's value for an error message: quoted, shortened, and without its content if it is a list or an object. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The own members of an object that a client sent. */
export function membersOf(value: unknown, path: string, allowed: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badPlan(path, `expected an object, not ${show(value)}.`);
  }
  // `undefined` counts as absent: a query builder may write `limit: undefined`.
  const members = new Map(Object.entries(value).filter(([, member]) => member !== undefined));
  for (const name of members.keys()) {
    if (!allowed.includes(name)) throw badPlan(path, `${show(name)} is not known here; use ${allowed.join(', ')}.`);
  }
  return members;
}

export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badPlan(path, `expected a list, not ${show(value)}.`);
  return value;
}

export function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string') throw badPlan(path, `expected a text, not ${show(value)}.`);
  return value;
}

export function flagOf(value: unknown, path: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw badPlan(path, `expected true or false, not ${show(value)}.`);
  return value;
}
