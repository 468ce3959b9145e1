/**
 * One row of every table of the schema, as an account owns it, with a value that a user might forge for each field and
 * values that no field of that kind should take. A table or field that is missing here fails the test.
 */
import { DateTime, Duration, RecordId } from 'surrealdb';

export interface FieldFixture {
  /** What the row holds. Where the schema computes the field, what it would hold if it did not. */
  readonly value: unknown;
  /** Another valid value, which each role tries to set. */
  readonly forged: unknown;
  /** The value for a change, where it differs from the one for a new row. */
  readonly changed?: unknown;
  /** Values that the schema must refuse from every role, the row's owner included. */
  readonly wrong?: readonly unknown[];
}

export interface TableFixture {
  /** The key of the row; its table is the fixture's name. */
  readonly key: unknown;
  readonly fields: Readonly<Record<string, FieldFixture>>;
  /** What a client sends to make such a row in its own name. */
  readonly create: Readonly<Record<string, unknown>>;
}

const PAST = new DateTime('2020-01-02T03:04:05.678Z');
const FUTURE = new DateTime('2100-01-01T00:00:00Z');
/** Within the longest delay of a job. */
const TOMORROW = DateTime.now().add(new Duration('1d'));
const long = (length: number): string => 'x'.repeat(length);

/** Too long, with too many levels or lists for a client to decode, and with a value that no backend can get. */
const BAD_PAYLOADS = [{ text: long(65_536) }, { list: Array.from({ length: 1001 }, () => []) }, { set: new Set([1]) }];

/** The rows of an account, each after those that it points at. */
export function fixtureOf(user: RecordId): Readonly<Record<string, TableFixture>> {
  const key = String(user.id);
  const other = new RecordId('user', 'another');
  const thread = new RecordId('thread', key);
  const elsewhere = new RecordId('thread', 'elsewhere');
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
        user: { value: user, forged: other, wrong: [thread] },
        password: { value: `hash of ${key}`, forged: 'forged hash', wrong: [7] },
      },
      create: { user, password: 'forged hash' },
    },
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
    receipt: {
      key,
      fields: {
        answer: { value: { thread }, forged: { thread: 'forged' }, wrong: ['text'] },
        request: { value: 'hash', forged: 'forged', wrong: [7] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
      },
      create: { answer: {} },
    },
    job: {
      key,
      fields: {
        assigned_to: { value: thread, forged: thread, changed: elsewhere, wrong: [user] },
        path: { value: '/spookify', forged: '/other', wrong: ['', long(2049), 7] },
        payload: { value: { id: `thread:${key}` }, forged: { id: 'forged' }, wrong: ['text', ...BAD_PAYLOADS] },
        max_retries: { value: 3, forged: 4, wrong: [-1, 26, 'many'] },
        retry_strategy: { value: 'linear', forged: 'exponential', wrong: ['other'] },
        timeout: { value: seconds(5), forged: seconds(6), wrong: [new Duration('99ms'), seconds(3601), 'soon'] },
        unique_key: { value: `key of ${key}`, forged: 'forged key', wrong: ['', long(256), 7] },
        request: { value: 'cancel', forged: 'retry', wrong: ['other'] },
        created_by: { value: user, forged: other, wrong: [thread] },
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
      create: { path: '/spookify' },
    },
    // spooky add table: new tables come before this line
  };
}

function seconds(count: number): Duration {
  return new Duration(`${count}s`);
}
