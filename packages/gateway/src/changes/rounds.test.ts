import { type Bindings, createLink, type Link, LinkError, type QueryOptions } from '@spookify/surreal-link';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LIMITS } from '../limits.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { realClock } from './clock.ts';
import type { ChangeLimits, Rounds } from './options.ts';
import type { RoundChanges, RoundResult } from './round-handler.ts';
import { createRounds } from './rounds.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const BATCHES = 'SELECT VALUE id.id()[0] FROM spooky_change_batch';
const INBOX = 'SELECT VALUE id FROM spooky_change';
const SCHEMA = 'DEFINE TABLE item SCHEMALESS PERMISSIONS FOR select FULL';
/** SPOOKY_ROUNDS=1000 runs more. */
const MANY_ROUNDS = Number(process.env.SPOOKY_ROUNDS ?? 150);

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(SCHEMA);
});
afterAll(() => database.close());
beforeEach(() => database.owner.queryAll('DELETE item; DELETE spooky_change, spooky_change_batch, spooky_gateway'));

interface Observed {
  readonly rounds: Rounds;
  readonly link: Link;
  /** What was published, in order. */
  readonly published: RoundChanges[];
  /** The ids of all published rounds. */
  readonly ids: string[];
}

interface Options {
  readonly limits?: Partial<ChangeLimits>;
  readonly wrap?: (link: Link) => Link;
  readonly mustCommit?: boolean;
  /** Whether the handler shows changes without a transaction. */
  readonly isQuick?: boolean;
  /** Whether the handler says in advance that it does not. */
  readonly mustRead?: boolean;
}

async function startRounds(
  id: string,
  { limits, wrap = (link) => link, mustCommit = true, isQuick = false, mustRead = false }: Options = {},
): Promise<Observed> {
  const link = createLink({ ...database.options, waitMs: 5_000 });
  await link.open();
  const published: RoundChanges[] = [];
  const ids: string[] = [];
  const resultOf = (changes: RoundChanges): RoundResult => ({
    mustCommit: mustCommit && changes.ids.length > 0,
    publish() {
      published.push(changes);
      if (changes.ids !== 'reset') ids.push(...changes.ids.map(String));
    },
  });
  const rounds = createRounds({
    link: wrap(link),
    id,
    handler: {
      mustRead: () => mustRead,
      show: (changes) => (isQuick ? resultOf(changes) : undefined),
      read: async (_, changes) => resultOf(changes),
    },
    limits: { ...LIMITS.changes, roundShare: 1, ...limits },
    clock: realClock,
    random: Math.random,
    logger: { info: () => undefined, warn: () => undefined },
  });
  rounds.start();
  onTestFinished(async () => {
    await rounds.stop();
    await link.close();
  });
  await vi.waitFor(() => expect(published.length).toBeGreaterThan(0), WAIT);
  return { rounds, link, published, ids };
}

const write = (text: string) => database.owner.queryAll(text);

describe('a round', () => {
  it('moves entries into dense batches and publishes them once', async () => {
    const { ids, rounds } = await startRounds('one');
    for (const key of [1, 2, 3]) {
      await write(`CREATE item:${key}`);
      await vi.waitFor(() => expect(ids).toContain(`item:${key}`), WAIT);
    }
    expect(ids).toEqual(['item:1', 'item:2', 'item:3']);
    expect(await database.owner.query(BATCHES)).toEqual([1, 2, 3]);
    expect(await database.owner.query(INBOX)).toEqual([]);
    expect(rounds.stats.position).toBe(3);
  });

  it('publishes nothing before its commit is acknowledged, and publishes it afterwards', async () => {
    let fails = 0;
    let seen: Observed | undefined;
    const before: number[] = [];
    const wrap = (link: Link): Link => ({
      ...link,
      transaction: async (work, options) => {
        const result = await link.transaction(async (transaction) => {
          const done = await work(transaction);
          if (seen) before.push(seen.ids.length);
          if (fails-- > 0) throw new LinkError('SPOOKY_LINK_CONFLICT', 'the test wins');
          return done;
        }, options);
        return result;
      },
    });
    seen = await startRounds('one', { wrap });
    fails = 3;
    await write('DELETE item; CREATE item:1');
    await vi.waitFor(() => expect(seen?.ids).toContain('item:1'), WAIT);
    expect(before.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(seen.rounds.stats.conflicts).toBe(3);
    const numbers = seen.published.map(({ round }) => round);
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  it("does not start because of the last round's commit", async () => {
    const { rounds, ids } = await startRounds('one', { limits: { fullScanMs: 3_600_000 } });
    const writes = 20;
    for (let key = 0; key < writes; key += 1) {
      await write(`UPSERT item:${key} SET n = time::now()`);
      await vi.waitFor(() => expect(ids).toContain(`item:${key}`), WAIT);
    }
    // Enough round trips for a round that the last one might have caused.
    for (let turn = 0; turn < 50; turn += 1) await database.owner.query('RETURN 1');
    // One for each write. The first round, and the signal's first answer, may add one each.
    expect(rounds.stats.rounds).toBeLessThanOrEqual(writes + 2);
  });

  it('finds an entry older than the recent part with a full scan', async () => {
    const { ids } = await startRounds('one', { limits: { fullScanMs: 100, recentMs: 1_000 } });
    // As after a backward step of the database's clock, or after a transaction that stayed open for long.
    await write('CREATE spooky_change:⟨01J00000000000000000000000⟩ SET r = [item:late] RETURN NONE');
    await vi.waitFor(() => expect(ids).toEqual(['item:late']), WAIT);
    expect(await database.owner.query(INBOX)).toEqual([]);
  });

  it.each([
    ['in one request', true],
    ['in a transaction', false],
  ])('finds such an entry if it is asked to look back, %s', async (_, isQuick) => {
    const limits = { fullScanMs: 3_600_000, recentMs: 1_000, moveMs: 3_600_000, takeOverMs: 3_600_000 };
    const { ids, rounds, published } = await startRounds('one', { isQuick, limits });
    await write('CREATE spooky_change:⟨01J00000000000000000000000⟩ SET r = [item:late] RETURN NONE; CREATE item:now');
    await vi.waitFor(() => expect(ids).toEqual(['item:now']), WAIT);
    const visibleIn = rounds.next();
    rounds.lookBack();
    await vi.waitFor(() => expect(rounds.next()).toBeGreaterThan(visibleIn), WAIT);
    await vi.waitFor(() => expect(ids).toEqual(['item:now', 'item:late']), WAIT);
    expect(published.at(-1)).toMatchObject({ round: visibleIn, isWhole: !isQuick, hasLate: true });
    // The next round is an ordinary one.
    await write('CREATE item:next; CREATE spooky_change:⟨01J00000000000000000000001⟩ SET r = [item:late] RETURN NONE');
    await vi.waitFor(() => expect(ids).toEqual(['item:now', 'item:late', 'item:next']), WAIT);
  });

  it('polls if there is no write signal', async () => {
    const { ids } = await startRounds('one', { wrap: (link) => ({ ...link, writeSignal: async () => undefined }) });
    await write('DELETE item; CREATE item:polled');
    await vi.waitFor(() => expect(ids).toContain('item:polled'), WAIT);
  });

  it('shows a large inbox at once, each change once, and moves it in portions', async () => {
    const { published, ids, link } = await startRounds('one', { limits: { idsPerRound: 10 } });
    await write('DELETE item; FOR $i IN 0..45 { CREATE type::record("item", $i) }');
    await vi.waitFor(async () => expect(await link.query(INBOX)).toEqual([]), WAIT);
    expect(published.slice(1).map(({ ids }) => ids)).not.toContain('reset');
    const created = ids.filter((id) => /^item:\d+$/.test(id));
    expect(created.length).toBeGreaterThanOrEqual(45);
    expect(new Set(ids).size).toBe(ids.length);
    const entries = await link.query<unknown[][]>('SELECT VALUE entries FROM spooky_change_batch');
    expect(entries.length).toBeGreaterThanOrEqual(5);
    expect(entries.every((some) => some.length <= 10)).toBe(true);
  });

  it('moves the rest of a large inbox even after its entries have become old', async () => {
    // Only a full scan finds entries this old, and the next scheduled one is an hour away.
    const { ids, rounds, link } = await startRounds('one', {
      limits: { idsPerRound: 10, fullScanMs: 3_600_000, recentMs: 1 },
    });
    await write(
      'FOR $i IN 0..45 { CREATE type::record("spooky_change", "01J0000000000000000000000" + <string> $i) SET r = [type::record("item", $i)] RETURN NONE }',
    );
    rounds.scan();
    await vi.waitFor(async () => expect(await link.query(INBOX)).toEqual([]), WAIT);
    expect(ids).toHaveLength(45);
  });

  it('resets while the inbox holds more than a round shows', async () => {
    const { published, link } = await startRounds('one', { limits: { idsShown: 10, idsPerRound: 10 } });
    await write('FOR $i IN 0..25 { CREATE item }');
    await vi.waitFor(async () => expect(await link.query(INBOX)).toEqual([]), WAIT);
    expect(published.slice(1).map(({ ids }) => ids === 'reset')).toContain(true);
  });

  it('counts the ids of a bulk writer, not its entries', async () => {
    const { published, ids, link } = await startRounds('one', {
      limits: { idsShown: 100, idsPerRound: 20, resetIds: 100 },
    });
    const bulk = (from: number, to: number) =>
      `CREATE spooky_change:ulid() SET r = array::range(${from}, ${to}).map(|$n| type::record('item', $n)) RETURN NONE`;
    const isEmpty = () => vi.waitFor(async () => expect(await link.query(INBOX)).toEqual([]), WAIT);
    await write(`BEGIN; ${[0, 10, 20, 30, 40].map((from) => bulk(from, from + 10)).join(';')}; COMMIT`);
    await isEmpty();
    await vi.waitFor(() => expect(ids).toHaveLength(50), WAIT);
    expect(published.slice(1).map((changes) => changes.ids)).not.toContain('reset');
    const entries = await link.query<unknown[][]>('SELECT VALUE entries FROM spooky_change_batch');
    expect(entries.map((some) => some.length)).toEqual([2, 2, 1]);

    await write(`BEGIN; ${bulk(0, 60)}; ${bulk(60, 120)}; COMMIT`);
    await vi.waitFor(() => expect(published.at(-1)?.ids).toBe('reset'), WAIT);
    await isEmpty();
    expect(ids).toHaveLength(50);
  });

  it('reads the rows of a few ids with the inbox, however many entries name them', async () => {
    const { published } = await startRounds('one');
    const last = async (id: string) => {
      await vi.waitFor(() => expect(String(published.at(-1)?.ids)).toContain(id), WAIT);
      return published.at(-1);
    };
    await write('UPSERT item:a SET n = 1; CREATE spooky_change:ulid() SET r = [item:a, item:gone] RETURN NONE');
    const few = await last('item:gone');
    expect([...(few?.rows.keys() ?? [])]).toContain('item:gone');
    await write(
      "CREATE spooky_change:ulid() SET r = array::range(0, 17).map(|$n| type::record('item', $n)) RETURN NONE",
    );
    expect((await last('item:16'))?.rows.size).toBe(0);
  });

  it('reads entries of a bulk writer, and resets for one that it cannot read', async () => {
    const { published, ids } = await startRounds('one', { limits: { fullScanMs: 200 } });
    await write('CREATE spooky_change:ulid() SET r = [item:1, item:2] RETURN NONE');
    await vi.waitFor(() => expect(ids).toEqual(['item:1', 'item:2']), WAIT);
    await write(
      'CREATE spooky_change:ulid() SET r = "nonsense", reset = false RETURN NONE; CREATE spooky_change:[1] SET r = [1] RETURN NONE',
    );
    await vi.waitFor(() => expect(published.at(-1)?.ids).toBe('reset'), WAIT);
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
  });

  it('resets for an entry that names no record, and continues', async () => {
    const { published, ids } = await startRounds('one');
    await write('UPSERT item:1; CREATE spooky_change:ulid() SET r = [item:1, NONE, item:nowhere] RETURN NONE');
    await vi.waitFor(() => expect(published.slice(1).map((changes) => changes.ids)).toContain('reset'), WAIT);
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
    await write('UPSERT item:2 SET n = time::now()');
    await vi.waitFor(() => expect(ids).toContain('item:2'), WAIT);
  });
});

describe('a group of gateways', () => {
  it('shows every change once on each, and leaves the batches to one', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((id) => startRounds(id)));
    for (let key = 0; key < 20; key += 1) await write(`UPSERT item:${key} SET n = time::now()`);
    const expected = Array.from({ length: 20 }, (_, key) => `item:${key}`).sort();
    for (const { ids } of all) await vi.waitFor(() => expect([...ids].sort()).toEqual(expected), WAIT);
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
    const leaders = await database.owner.query<string[]>('SELECT VALUE by FROM spooky_change_batch');
    expect(leaders.slice(1).every((by) => by === leaders.at(-1))).toBe(true);
  });

  it('shows a large inbox once, and leaves all its batches to the active leader', async () => {
    const limits = { idsPerRound: 5, takeOverMs: 1_000 };
    const [one, two] = [await startRounds('one', { limits }), await startRounds('two', { limits })];
    await write('FOR $i IN 0..200 { CREATE item }');
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
    for (const { ids, published } of [one, two]) {
      await vi.waitFor(() => expect(new Set(ids).size).toBe(200), WAIT);
      expect(ids).toHaveLength(200);
      expect(published.slice(1).map((changes) => changes.ids)).not.toContain('reset');
    }
  });

  it('takes over from a leader that has stopped', async () => {
    const first = await startRounds('one');
    await write('UPSERT item:1 SET n = time::now()');
    await vi.waitFor(() => expect(first.rounds.stats.position).toBe(1), WAIT);
    const second = await startRounds('two', { limits: { takeOverMs: 50 } });
    await first.rounds.stop();
    await write('UPSERT item:2 SET n = time::now()');
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
    expect(second.ids).toEqual(['item:2']);
    expect(await database.owner.query('SELECT VALUE by FROM spooky_change_batch:[2]..')).toEqual(['two']);
  });

  it('reads everything again after a gap, and after the database was restored from a backup', async () => {
    const { published, rounds } = await startRounds('one');
    for (const key of [1, 2, 3]) {
      await write(`UPSERT item:${key} SET n = time::now()`);
      await vi.waitFor(() => expect(rounds.stats.position).toBe(key), WAIT);
    }
    await write('DELETE spooky_change_batch:[2], spooky_change_batch:[3]');
    await vi.waitFor(() => expect(published.at(-1)).toMatchObject({ ids: 'reset', position: 1 }), WAIT);
    await write('UPSERT item:4 SET n = time::now()');
    await vi.waitFor(() => expect(rounds.stats.position).toBe(2), WAIT);
  });
});

describe('a quick round', () => {
  it('shows entries with their rows, and leaves them in the inbox for a later batch', async () => {
    const { ids, published, rounds } = await startRounds('one', {
      isQuick: true,
      limits: { moveMs: 3_600_000, moveEntries: 3 },
    });
    await write('CREATE item:1 SET n = 1');
    await vi.waitFor(() => expect(ids).toEqual(['item:1']), WAIT);
    expect(published.at(-1)?.rows.get('item:1')).toMatchObject({ n: 1 });
    await write('DELETE item:1');
    await vi.waitFor(() => expect(ids).toEqual(['item:1', 'item:1']), WAIT);
    expect(published.at(-1)?.rows.has('item:1')).toBe(true);
    expect(await database.owner.query(BATCHES)).toEqual([]);
    expect(await database.owner.query(INBOX)).toHaveLength(2);
    await write('CREATE item:2');
    await vi.waitFor(() => expect(rounds.stats.position).toBe(1), WAIT);
    expect(await database.owner.query(INBOX)).toEqual([]);
    expect(ids).toEqual(['item:1', 'item:1', 'item:2']);
  });

  it('moves entries that have waited, also if nothing else is written', async () => {
    const { ids } = await startRounds('one', { isQuick: true, limits: { moveMs: 50, fullScanMs: 3_600_000 } });
    await write('DELETE item; CREATE item:1');
    await vi.waitFor(async () => expect(await database.owner.query(BATCHES)).toHaveLength(1), WAIT);
    expect(await database.owner.query(INBOX)).toEqual([]);
    // The database shows the batch a moment before the gateway knows of the commit.
    await vi.waitFor(() => expect(ids).toContain('item:1'), WAIT);
    expect(ids.filter((id) => id === 'item:1')).toHaveLength(1);
  });

  it('publishes nothing before its commit is acknowledged', async () => {
    let isDown = false;
    const wrap = (link: Link): Link => ({
      ...link,
      query: async <Result>(text: string, bindings?: Bindings, options?: QueryOptions): Promise<Result> => {
        const result = await link.query<Result>(text, bindings, options);
        if (isDown && text.includes('UPSERT')) throw new LinkError('SPOOKY_LINK_LOST', 'the test cuts it');
        return result;
      },
    });
    const { ids } = await startRounds('one', { isQuick: true, wrap, limits: { moveMs: 3_600_000 } });
    isDown = true;
    await write('DELETE item; CREATE item:1');
    // Long enough for several attempts.
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).not.toEqual([]), WAIT);
    for (let turn = 0; turn < 50; turn += 1) await database.owner.query('RETURN 1');
    expect(ids).toEqual([]);
    isDown = false;
    await vi.waitFor(() => expect(ids).toContain('item:1'), WAIT);
    expect(ids.filter((id) => id === 'item:1')).toHaveLength(1);
  });

  it('does not wake another gateway by its own write', async () => {
    const limits = { moveMs: 3_600_000, moveEntries: 1_000, fullScanMs: 3_600_000, takeOverMs: 3_600_000 };
    const gateways = await Promise.all(['one', 'two'].map((id) => startRounds(id, { isQuick: true, limits })));
    const writes = 20;
    for (let key = 0; key < writes; key += 1) {
      await write(`UPSERT item:${key} SET n = time::now()`);
      for (const { ids } of gateways) await vi.waitFor(() => expect(ids).toContain(`item:${key}`), WAIT);
    }
    // Enough round trips for rounds that wake each other.
    for (let turn = 0; turn < 50; turn += 1) await database.owner.query('RETURN 1');
    for (const { rounds } of gateways) expect(rounds.stats.rounds).toBeLessThanOrEqual(writes + 3);
  });

  it('is not tried if the handler must read in a transaction', async () => {
    const texts: string[] = [];
    const wrap = (link: Link): Link => ({
      ...link,
      query: async (text, bindings, options) => {
        texts.push(text);
        return link.query(text, bindings, options);
      },
    });
    const limits = { moveMs: 3_600_000 };
    const { ids } = await startRounds('one', { isQuick: true, mustRead: true, wrap, limits });
    await write('DELETE item; CREATE item:1');
    await vi.waitFor(() => expect(ids).toContain('item:1'), WAIT);
    expect(texts.filter((text) => text.includes('$seen'))).toEqual([]);
  });

  it('leaves many ids to a round in a transaction', async () => {
    const { ids, published } = await startRounds('one', { isQuick: true, limits: { moveMs: 3_600_000 } });
    await write('DELETE item; FOR $i IN 0..40 { CREATE type::record("item", $i) }');
    await vi.waitFor(() => expect(ids).toHaveLength(40), WAIT);
    expect(published.at(-1)?.rows.size).toBe(0);
    expect(await database.owner.query(BATCHES)).toHaveLength(1);
  });

  it('shows each entry once on both gateways, regardless of which one moves it', async () => {
    const gateways = await Promise.all([
      startRounds('one', { isQuick: true, limits: { moveMs: 5 } }),
      startRounds('two', { isQuick: true, limits: { moveMs: 5 } }),
    ]);
    for (let key = 0; key < 30; key += 1) await write(`UPSERT item:${key} SET n = time::now()`);
    const expected = Array.from({ length: 30 }, (_, key) => `item:${key}`).sort();
    for (const { ids } of gateways) await vi.waitFor(() => expect([...ids].sort()).toEqual(expected), WAIT);
    await vi.waitFor(async () => expect(await database.owner.query(INBOX)).toEqual([]), WAIT);
    for (const { ids } of gateways) expect([...ids].sort()).toEqual(expected);
  });
});

describe('a database under rounds', () => {
  it('may stop and come back', async () => {
    const { ids } = await startRounds('one');
    await database.stop();
    await database.start();
    await vi.waitFor(() => database.owner.queryAll('DELETE item; CREATE item:back'), WAIT);
    await vi.waitFor(() => expect(ids).toContain('item:back'), WAIT);
  });

  it(`keeps only a few of the batches of ${MANY_ROUNDS} rounds`, async () => {
    const { rounds, link } = await startRounds('one', { limits: { batchKeepMs: 200 } });
    await write(`CREATE spooky_gateway:dead SET position = 0, at = time::now() - 1h RETURN NONE`);
    for (let key = 0; key < MANY_ROUNDS; key += 1) {
      await write(`UPSERT item:${key % 5} SET n = ${key}`);
      await vi.waitFor(() => expect(rounds.stats.position).toBe(key + 1), WAIT);
    }
    await vi.waitFor(async () => {
      await write('UPSERT item:last SET n = time::now()');
      const batches = await link.query<unknown[]>(BATCHES);
      expect(batches.length).toBeGreaterThan(0);
      expect(batches.length).toBeLessThan(MANY_ROUNDS / 2);
      expect(await link.query('SELECT VALUE id.id() FROM spooky_gateway')).toEqual(['one']);
    }, WAIT);
    await vi.waitFor(async () => expect(await link.query(INBOX)).toEqual([]), WAIT);
  });
});
