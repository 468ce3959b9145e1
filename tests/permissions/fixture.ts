/**
 * One row of every table of the schema, owned by an account. Each field has a value that a user might forge, and values
 * that no such field may accept. A missing table or field fails the test. The rows of the app's own tables are in
 * app-rows.ts.
 */
import { DateTime, Duration, RecordId } from 'surrealdb';
import { appRows, assignments } from './app-rows.ts';
import type { TableFixture } from './fixture-types.ts';
import { FUTURE, long, PAST } from './values.ts';

/** Within the longest delay of a job. */
const TOMORROW = DateTime.now().add(new Duration('1d'));

/**
 * A payload that is too long, two with too many levels or lists for a client to decode, and one with a value that no
 * backend can receive.
 */
const BAD_PAYLOADS = [{ text: long(262_144) }, { list: Array.from({ length: 1001 }, () => []) }, { set: new Set([1]) }];

/** The rows of an account, each after the rows that it refers to. */
export function fixtureOf(user: RecordId): Readonly<Record<string, TableFixture>> {
  const key = String(user.id);
  const other = new RecordId('user', 'another');
  const stranger = new RecordId('unknown', key);
  return {
    user: {
      key: user.id,
      fields: {
        username: { value: `name_${key}`, forged: 'forged_name', wrong: ['ab', long(33), 'a b', 'a@b', 7] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
      },
      create: { username: 'made_up' },
    },
    credential: {
      key: `name_${key}`,
      fields: {
        user: { value: user, forged: other, wrong: [stranger] },
        password: { value: `hash of ${key}`, forged: 'forged hash', wrong: [7] },
      },
      create: { user, password: 'forged hash' },
    },
    ...appRows(user),
    receipt: {
      key,
      fields: {
        answer: { value: { done: key }, forged: { done: 'forged' }, wrong: ['text'] },
        request: { value: 'hash', forged: 'forged', wrong: [7] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
      },
      create: { answer: {} },
    },
    job: {
      key,
      fields: {
        assigned_to: assignments(user),
        path: { value: '/a-route', forged: '/other', wrong: ['', long(2049), 7] },
        payload: { value: { id: key }, forged: { id: 'forged' }, wrong: ['text', ...BAD_PAYLOADS] },
        max_retries: { value: 3, forged: 4, wrong: [-1, 26, 'many'] },
        retry_strategy: { value: 'linear', forged: 'exponential', wrong: ['other'] },
        timeout: { value: seconds(5), forged: seconds(6), wrong: [new Duration('99ms'), seconds(3601), 'soon'] },
        unique_key: { value: `key of ${key}`, forged: 'forged key', wrong: ['', long(256), 7] },
        request: { value: 'cancel', forged: 'retry', wrong: ['other'] },
        created_by: { value: user, forged: other, wrong: [stranger] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday', PAST] },
        updated_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
        status: { value: 'processing', forged: 'success', wrong: ['other'] },
        run_at: { value: PAST, forged: TOMORROW, wrong: ['later', PAST, FUTURE] },
        retries: { value: 1, forged: 2, wrong: ['many'] },
        reruns: { value: 1, forged: 2, wrong: ['many'] },
        rescues: { value: 1, forged: 2, wrong: ['many'] },
        errors: { value: [{ code: `error of ${key}` }], forged: [{ code: 'forged' }], wrong: ['text', ['text']] },
        result: { value: { done: key }, forged: { done: 'forged' } },
        progress: { value: { value: 0.5, note: key }, forged: { value: 1 }, wrong: ['text'] },
        active_key: { value: `active key of ${key}`, forged: 'forged key', wrong: [7] },
        runner: { value: `runner of ${key}`, forged: 'forged runner', wrong: [7] },
        partition: { value: 3, forged: 5, wrong: [-1, 8, 'many'] },
      },
      create: { path: '/a-route' },
    },
    // spooky add table: new tables come before this line
  };
}

function seconds(count: number): Duration {
  return new Duration(`${count}s`);
}
