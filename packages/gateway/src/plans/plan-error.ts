import { GatewayError } from '../errors.ts';

/** @param path the place in the plan, such as `plan.related[0].where` */
export function badPlan(path: string, message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_PLAN', `${path}: ${message}`);
}

export function overLimit(path: string, message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_LIMIT', `${path}: ${message}`);
}

/** A client's value for an error message: quoted, shortened, and without its content if it is a list or an object. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
