import { Duration } from 'surrealdb';

/** Converts milliseconds to a duration of the database; negative ones become zero. */
export function milliseconds(ms: number): Duration {
  return new Duration(`${Math.max(0, Math.round(ms))}ms`);
}
