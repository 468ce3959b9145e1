import { SupervisorError } from './errors.ts';

/** Longer timers fire at once in Node. */
const MAX_MS = 2 ** 31 - 1;

export function milliseconds(name: string, value: number | undefined, otherwise: number): number {
  const ms = value ?? otherwise;
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS) return ms;
  throw invalid(`${name} must be milliseconds from 0 to ${MAX_MS}.`);
}

export function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${name} must be a non-empty string.`);
}

export function invalid(message: string): SupervisorError {
  return new SupervisorError('SPOOKY_SUPERVISOR_INVALID_OPTION', message);
}
