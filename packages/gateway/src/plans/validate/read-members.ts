import { badPlan, describeValue } from '../plan-error.ts';

/** The own members of an object that a client sent. */
export function membersOf(value: unknown, path: string, allowed: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badPlan(path, `expected an object, not ${describeValue(value)}.`);
  }
  // `undefined` counts as absent: a query builder may write `limit: undefined`.
  const members = new Map(Object.entries(value).filter(([, member]) => member !== undefined));
  for (const name of members.keys()) {
    if (!allowed.includes(name))
      throw badPlan(path, `${describeValue(name)} is not known here; use ${allowed.join(', ')}.`);
  }
  return members;
}

export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badPlan(path, `expected a list, not ${describeValue(value)}.`);
  return value;
}

export function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string') throw badPlan(path, `expected a text, not ${describeValue(value)}.`);
  return value;
}

export function flagOf(value: unknown, path: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw badPlan(path, `expected true or false, not ${describeValue(value)}.`);
  return value;
}
