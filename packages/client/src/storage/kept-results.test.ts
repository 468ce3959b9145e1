import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LiveQuery } from '../live/live-query.ts';
import { ViewStore } from '../live/view-store.ts';
import { startQuery } from '../query/query.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import { rowsOf } from '../testing/gateway-frames.ts';
import { schema, type Tables } from '../testing/schema.ts';
import { indexedDbStorage } from './indexed-db-storage.ts';
import { KeptResults } from './kept-results.ts';

const USER = 'user:ada';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A write that is shown now. */
function shownWrite(key: string, at: number): PendingWrite {
  return {
    ...{ key, order: at, user: USER, guess: {}, madeAt: at, version: 1 },
    write: { kind: 'create', id: { $r: ['thread', key] }, fields: { title: key } },
    record: `thread:${key}`,
    touches: [`thread:${key}`],
    state: { kind: 'shown', row: null, at },
  };
}

function liveQuery(title: string): LiveQuery {
  const live = new LiveQuery(startQuery<Tables, 'thread'>(schema, 'thread').where({ title }).build());
  const store = new ViewStore(live.plan);
  store.replace(rowsOf({ a: title }));
  const view = { store, isCurrent: true, isDelayed: false, error: undefined, queries: new Set([live]) };
  live.view = view;
  const writes = { pending: new Map(), delayed: new Map(), lackedBy: () => new Map() };
  live.follow(view, { writes, known: () => undefined });
  return live;
}

async function start() {
  const { results } = await indexedDbStorage(crypto.randomUUID());
  const live: LiveQuery[] = [];
  const writes: PendingWrite[] = [];
  const kept = new KeptResults({
    storage: results,
    isLeader: () => true,
    settled: () => writes,
    live: () => live,
    containedBy: () => writes.map(({ key }) => key),
    forget: (key) =>
      void writes.splice(
        writes.findIndex((write) => write.key === key),
        1,
      ),
    onFailure: (error) => {
      throw error;
    },
  });
  const pass = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    // The storage of the test answers in later turns.
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  };
  const visit = async (title: string): Promise<LiveQuery> => {
    const query = liveQuery(title);
    kept.changed(USER, [query]);
    await pass(1_000);
    return query;
  };
  const write = (key: string): void => {
    writes.push(shownWrite(key, Date.now()));
    kept.follow();
  };
  return { kept, results, live, writes, pass, visit, write };
}

it('stores open results again for a write that they contain, and forgets the write', async () => {
  const { results, live, writes, pass, visit, write, kept } = await start();
  const open = await visit('open');
  live.push(open);
  await pass(5_000);
  write('mine');
  await pass(10_000);
  expect(writes).toEqual([]);
  expect((await results.read(USER, open.key))?.contains).toEqual(['mine']);
  kept.close();
});

it('keeps a write as long as the result of a page that is not open lacks it', async () => {
  const { results, writes, pass, visit, write, kept } = await start();
  const left = await visit('left');
  await pass(5_000);
  write('mine');
  for (let minute = 0; minute < 5; minute += 1) await pass(60_000);
  expect(writes.map(({ key }) => key)).toEqual(['mine']);
  expect(await results.read(USER, left.key)).toBeDefined();
  await visit('left');
  await pass(60_000);
  expect(writes).toEqual([]);
  kept.close();
});

it('keeps the delete of a record as long as its create', async () => {
  const { results, live, writes, pass, visit, write, kept } = await start();
  const left = await visit('left');
  await pass(5_000);
  write('mine');
  const [create] = writes;
  if (create === undefined) throw new Error('There is no write.');
  // The page that was left has stored a result again that contains the delete, as far as it knows.
  const remove = {
    ...create,
    key: 'delete',
    order: create.order + 1,
    write: { kind: 'delete', id: create.write.id } as const,
  };
  writes.push(remove);
  const { content = { rows: [], lists: [] } } = (await results.read(USER, left.key)) ?? {};
  const stored = { user: USER, query: left.key, tables: ['thread'], content, contains: ['delete'], at: Date.now() };
  await results.save([stored]);
  await pass(60_000);
  expect(writes.map(({ key }) => key)).toEqual(['mine', 'delete']);
  live.push(left);
  await pass(60_000);
  expect(writes).toEqual([]);
  kept.close();
});

it('gives up the oldest results if too many writes are kept for them', async () => {
  const { results, writes, pass, visit, write, kept } = await start();
  const left = await visit('left');
  await pass(5_000);
  for (let count = 0; count < 510; count += 1) write(`mine${count}`);
  await pass(10_000);
  expect(await results.read(USER, left.key)).toBeUndefined();
  await pass(60_000);
  expect(writes).toEqual([]);
  kept.close();
});
