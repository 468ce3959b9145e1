/** The rows of another app, which has recipes instead of threads. Replaces tests/permissions/app-rows.ts. */
import { RecordId } from 'surrealdb';
import type { FieldFixture, TableFixture } from './fixture-types.ts';

export function appRows(user: RecordId): Readonly<Record<string, TableFixture>> {
  return {
    recipe: {
      key: String(user.id),
      fields: {
        minutes: { value: 5, forged: 6, wrong: [0, 'many'] },
        cook: { value: user, forged: new RecordId('user', 'another'), wrong: ['me'] },
      },
      create: { minutes: 5 },
    },
  };
}

export function assignments(user: RecordId): FieldFixture {
  return { value: user, forged: user, wrong: ['text'] };
}
