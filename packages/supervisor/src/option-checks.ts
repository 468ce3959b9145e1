import { SupervisorError } from './errors.ts';

/** Node fires longer timers immediately. */
const MAX_MS = 2 ** 31 - 1;

export function milliseconds(name: string, value: number | undefined, otherwise: number): number {
  const ms = value ?? otherwise;
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS) return ms;
  throw invalidOption(`${name} must be a number of milliseconds from 0 to ${MAX_MS}.`);
}

export function requiredString(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption(`${name} must be a non-empty string.`);
}

/** Returns a copy, so that a later change by the caller does not affect a restart. */
export function stringList(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [...value];
  throw invalidOption(`${name} must be a list of strings.`);
}

/** Returns a copy of an object whose values are strings, such as an environment. */
export function stringRecord(name: string, value: unknown): Readonly<Record<string, string>> {
  if (isRecord(value) && Object.values(value).every((item) => typeof item === 'string'))
    return { ...value } as Record<string, string>;
  throw invalidOption(`${name} must be an object of strings.`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function invalidOption(message: string): SupervisorError {
  return new SupervisorError('SPOOKY_SUPERVISOR_INVALID_OPTION', message);
}
