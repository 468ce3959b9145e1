import { Duration } from 'surrealdb';

/** A duration as the database takes it. */
export function milliseconds(ms: number): Duration {
  return new Duration(`${Math.max(0, Math.round(ms))}ms`);
}
