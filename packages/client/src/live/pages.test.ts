/* Lists that are read page by page, on a real stack, while their rows are written. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DateTime, type RecordId } from '../index.ts';
import { eventually } from '../testing/eventually.ts';
import { People, record, type TestClient } from '../testing/people.ts';
import { startStack, type TestStack } from '../testing/stack.ts';
import { type Pageable, type PagesState, watchPages } from './pages.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

const idsOf = (rows: readonly { id: RecordId }[] = []): string[] => rows.map(({ id }) => id.toString());

/** Watches a list and records its states. */
function list<Row extends { id: unknown }>(db: TestClient, query: Pageable<Row>, size: number) {
  const states: PagesState<Row>[] = [];
  const pages = watchPages(db, query, size, (state) => states.push(state));
  return {
    pages,
    states,
    get last(): PagesState<Row> {
      const state = states.at(-1);
      if (state === undefined) throw new Error('A list calls its listener immediately.');
      return state;
    },
  };
}

const jobsOf = (db: TestClient) => db.query('job').orderBy('retries', 'desc').orderBy('run_at');
const userOf = (db: TestClient) => (db.auth.state.kind === 'signed-in' ? db.auth.state.user : undefined);

/** Writes jobs, whose order the tests can choose. */
async function write(
  db: TestClient,
  key: number | string,
  retries: number,
  at = '2026-01-01T00:00:00Z',
): Promise<void> {
  const row = { path: '/x', created_by: userOf(db), retries, run_at: new DateTime(at) };
  await stack.query("UPSERT type::record('job', $key) MERGE $row", { key, row });
}

describe('a list of pages', () => {
  it('grows page by page and knows whether there are more', async () => {
    const db = await people.newcomer();
    for (let n = 0; n < 5; n += 1) await write(db, `grow${n}`, n);
    const jobs = list(db, jobsOf(db), 2);
    expect(jobs.last).toEqual({ rows: undefined, hasMore: false, loading: true, stale: false, error: undefined });
    await eventually(() => expect(idsOf(jobs.last.rows)).toEqual(['job:grow4', 'job:grow3']));
    expect(jobs.last).toMatchObject({ hasMore: true, loading: false });
    const first = jobs.last.rows?.[0];
    jobs.pages.more();
    jobs.pages.more();
    expect(jobs.last).toMatchObject({ loading: true, rows: [{}, {}] });
    await eventually(() => expect(jobs.last).toMatchObject({ loading: false, hasMore: true, rows: [{}, {}, {}, {}] }));
    expect(jobs.last.rows?.[0]).toBe(first);
    jobs.pages.more();
    await eventually(() => expect(jobs.last).toMatchObject({ loading: false, hasMore: false }));
    expect(idsOf(jobs.last.rows)).toEqual(['job:grow4', 'job:grow3', 'job:grow2', 'job:grow1', 'job:grow0']);
    jobs.pages.more();
    expect(jobs.last.loading).toBe(false);
  });

  it('does not shift when rows come, go and move', async () => {
    const db = await people.newcomer();
    for (let n = 0; n < 6; n += 1) await write(db, `shift${n}`, n * 10);
    const jobs = list(db, jobsOf(db), 2);
    const shows = (...keys: string[]) =>
      eventually(() => expect(idsOf(jobs.last.rows)).toEqual(keys.map((key) => `job:shift${key}`)));
    await shows('5', '4');
    jobs.pages.more();
    await shows('5', '4', '3', '2');
    await write(db, 'shiftTop', 99);
    await shows('Top', '5', '4', '3', '2');
    // The end of the first page: its values still divide the pages.
    await stack.query('DELETE job:shift4');
    await shows('Top', '5', '3', '2');
    await write(db, 'shift5', 25);
    await shows('Top', '3', '5');
    await write(db, 'shiftMiddle', 45);
    await shows('Top', 'Middle', '3', '5');
    jobs.pages.more();
    await shows('Top', 'Middle', '3', '5', '2', '1');
    await stack.query('DELETE job:shift1');
    await shows('Top', 'Middle', '3', '5', '2', '0');
    expect(jobs.last.hasMore).toBe(false);
  });

  it('starts again for another user', async () => {
    const db = await people.newcomer();
    for (let n = 0; n < 3; n += 1) await write(db, `user${n}`, n);
    const jobs = list(db, jobsOf(db), 1);
    await eventually(() => expect(jobs.last.hasMore).toBe(true));
    jobs.pages.more();
    await eventually(() => expect(jobs.last.rows).toHaveLength(2));
    await db.auth.signOut();
    expect(jobs.last).toMatchObject({ rows: undefined, loading: true });
    await db.auth.signUp('account', { username: `${db.username}-2`, password: 'a long enough one' });
    await eventually(() => expect(jobs.last).toMatchObject({ rows: [], hasMore: false, loading: false }));
  });

  it('keeps its rows while the connection is lost', async () => {
    const db = await people.newcomer();
    for (let n = 0; n < 4; n += 1) await write(db, `lost${n}`, n);
    const jobs = list(db, jobsOf(db), 1);
    await eventually(() => expect(jobs.last.hasMore).toBe(true));
    jobs.pages.more();
    await eventually(() => expect(jobs.last.rows).toHaveLength(2));
    await stack.stopGateway();
    await eventually(() => expect(jobs.last).toMatchObject({ stale: true, rows: [{}, {}] }));
    await stack.query('DELETE job:lost3');
    await stack.startGateway();
    await eventually(() => expect(jobs.last.stale).toBe(false));
    expect(idsOf(jobs.last.rows)).toEqual(['job:lost2']);
    expect(jobs.last.hasMore).toBe(true);
  });

  it('ends when its function is called', async () => {
    const db = await people.newcomer();
    await write(db, 'end0', 0);
    const jobs = list(db, jobsOf(db), 1);
    await eventually(() => expect(jobs.last.rows).toHaveLength(1));
    const other = record(db, jobsOf(db).build());
    jobs.pages();
    const count = jobs.states.length;
    await stack.query('DELETE job:end0');
    await eventually(() => expect(other.last.data).toEqual([]));
    jobs.pages.more();
    jobs.pages();
    expect(jobs.states).toHaveLength(count);
  });

  it.each([
    ['a size of 0', (db: TestClient) => list(db, db.query('thread'), 0)],
    ['half a size', (db: TestClient) => list(db, db.query('thread'), 1.5)],
    ['a limit', (db: TestClient) => list(db, db.query('thread').limit(5), 1)],
    ['an offset', (db: TestClient) => list(db, db.query('thread').offset(5), 1)],
    ['one row', (db: TestClient) => list(db, db.query('thread').one() as never, 1)],
    [
      'an order by what is not selected',
      (db: TestClient) => list(db, db.query('job').select('path').orderBy('request'), 1),
    ],
    [
      'an order by what a relation replaces',
      (db: TestClient) => list(db, db.query('thread').orderBy('author').related('author') as never, 1),
    ],
  ])('refuses %s', (_, attempt) => {
    const db = people.visitor();
    expect(() => attempt(db)).toThrow(expect.objectContaining({ code: 'SPOOKY_CLIENT_INVALID_QUERY' }));
  });
});

/** Rows of a few places, so that many are equal in the ordered fields. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), key: fc.nat(15), retries: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(15) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('more' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
);

it('always shows the first rows of the whole list, each once', { timeout: 180_000 }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 24 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, size) => {
        const db = await people.newcomer();
        const prefix = `p${crypto.randomUUID().slice(0, 8)}_`;
        for (let key = 0; key < 8; key += 1) await write(db, `${prefix}${key}`, key % 3);
        const query = jobsOf(db);
        const whole = db.watch(query.build(), () => undefined);
        const faults: string[] = [];
        const states: PagesState<{ id: RecordId }>[] = [];
        // All watches have their states of one moment, so the list can be compared in every state.
        const jobs = watchPages(db, query, size, (state) => {
          states.push(state);
          if (whole.state.kind !== 'ready' || state.rows === undefined || state.stale) return;
          compared += 1;
          const [all, shown] = [idsOf(whole.state.data), idsOf(state.rows)];
          const isPrefix = shown.every((id, at) => id === all[at]) && state.hasMore === all.length > shown.length;
          if (!isPrefix) faults.push(`${shown} (${state.hasMore}) of ${all}`);
        });
        const settled = () =>
          eventually(() => {
            const last = states.at(-1);
            expect(last?.loading).toBe(false);
            expect(idsOf(last?.rows)).toEqual(idsOf(whole.state.data).slice(0, last?.rows?.length));
          });
        for (const one of steps) {
          if (one.kind === 'write') await write(db, `${prefix}${one.key}`, one.retries);
          else if (one.kind === 'delete')
            await stack.query(`DELETE type::record('job', $key)`, { key: `${prefix}${one.key}` });
          else if (one.kind === 'more') jobs.more();
          else await settled();
        }
        await settled();
        while (states.at(-1)?.hasMore) {
          jobs.more();
          await settled();
        }
        const text = 'SELECT VALUE id FROM job WHERE created_by = $user';
        const [stored] = await stack.query<[RecordId[]]>(text, { user: userOf(db) });
        await eventually(() => expect(idsOf(states.at(-1)?.rows).toSorted()).toEqual(stored.map(String).toSorted()));
        expect(faults).toEqual([]);
        db.close();
      },
    ),
    { numRuns: 12 },
  );
  expect(compared).toBeGreaterThan(50);
});
