/** The rows of the app's tables for tests/permissions, and the records that a job of the app can be about. */
import type { RecordId } from 'surrealdb';
import type { FieldFixture, TableFixture } from './fixture-types.ts';

/** The rows of an account, each after the rows that it refers to. Each table of schema.surql needs one. */
export function appRows(_user: RecordId): Readonly<Record<string, TableFixture>> {
  return {};
}

/** The values of `job.assigned_to`. No job of this app is about a record, so a client may not set one. */
export function assignments(user: RecordId): FieldFixture {
  return { value: user, forged: user, wrong: ['text'] };
}
