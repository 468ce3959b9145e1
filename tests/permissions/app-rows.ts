/** The rows of the app's tables for tests/permissions, and the records that a job of the app can be about. */
import { RecordId } from 'surrealdb';
import type { FieldFixture, TableFixture } from './fixture-types.ts';
import { FUTURE, long, PAST } from './values.ts';

/** The rows of an account, each after the rows that it refers to. */
export function appRows(user: RecordId): Readonly<Record<string, TableFixture>> {
  const key = String(user.id);
  const other = new RecordId('user', 'another');
  const { thread, elsewhere } = threadsOf(user);
  return {
    thread: {
      key,
      fields: {
        title: { value: `title of ${key}`, forged: 'forged title', wrong: ['', '   ', long(201), 7] },
        content: { value: `content of ${key}`, forged: 'forged content', wrong: ['', ' ', long(10_001), 7] },
        author: { value: user, forged: other, wrong: ['me', thread] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
        revision: { value: 1, forged: 7, wrong: ['many'] },
      },
      create: { title: 'a title', content: 'a content' },
    },
    suggestion: {
      key,
      fields: {
        thread: { value: thread, forged: elsewhere, wrong: [user] },
        title: { value: `suggested title of ${key}`, forged: 'forged suggestion', wrong: [7] },
        content: { value: `suggested content of ${key}`, forged: 'forged suggestion', wrong: [7] },
        written_by: { value: 'offline', forged: 'forged model', wrong: [7] },
      },
      create: { thread, title: 'forged suggestion', written_by: 'forged model' },
    },
    comment: {
      key,
      fields: {
        thread: { value: thread, forged: elsewhere, wrong: [user, new RecordId('thread', long(256))] },
        content: { value: `comment of ${key}`, forged: 'forged comment', wrong: ['', ' ', long(2001), 7] },
        author: { value: user, forged: other, wrong: ['me', thread] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
      },
      create: { thread, content: 'a comment' },
    },
  };
}

/** The values of `job.assigned_to`. */
export function assignments(user: RecordId): FieldFixture {
  const { thread, elsewhere } = threadsOf(user);
  return { value: thread, forged: thread, changed: elsewhere, wrong: [user] };
}

function threadsOf(user: RecordId) {
  return { thread: new RecordId('thread', String(user.id)), elsewhere: new RecordId('thread', 'elsewhere') };
}
