import fc from 'fast-check';
import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { type Batch, continues, type Entry, type Ledger, ledgerAt, type NewBatch, step, takeOverAt } from './ledger.ts';

const OPTIONS = { mark: 'm', now: 0, mayMove: true, takeOverMs: 500, batchIds: 3, resetIds: 20, seenMax: 1_000 };
const entry = (key: number, isReset = false): Entry => ({
  key: `e${key}`,
  ids: [new RecordId('row', key)],
  isReset,
});
const names = (changes: readonly RecordId[] | 'reset') => (changes === 'reset' ? changes : changes.map(String));
const reading = (batches: readonly Batch[], entries: readonly Entry[], more = {}) => ({
  batches,
  entries,
  isCut: false,
  isWhole: true,
  ...more,
});
const written = ({ number, entries, isReset }: NewBatch, by: string, mark = 'm'): Batch => ({
  number,
  by,
  mark,
  isReset,
  entries: isReset ? entries.map((item) => ({ ...item, ids: [] })) : entries,
});

describe('a step', () => {
  it('makes the first batch of a database', () => {
    const { changes, batch, ledger } = step(ledgerAt(undefined), reading([], [entry(1), entry(2)]), {
      ...OPTIONS,
      me: 'a',
    });
    expect(names(changes)).toEqual(['row:1', 'row:2']);
    expect(batch).toMatchObject({ number: 1, isReset: false, entries: [{ key: 'e1' }, { key: 'e2' }] });
    expect(ledger).toMatchObject({ position: 1, mark: 'm', lastBy: 'a' });
  });

  it('names the oldest entry that it shows for the first time', () => {
    const last: Batch = { number: 4, by: 'b', mark: 'x', entries: [], isReset: false };
    const first = step(ledgerAt(last), reading([last], [entry(3), entry(2)]), { ...OPTIONS, me: 'a' });
    expect(first.oldest).toBe('e2');
    const next: Batch = { number: 5, by: 'b', mark: 'y', entries: [entry(2), entry(3), entry(5)], isReset: false };
    expect(step(first.ledger, reading([last, next], [entry(6)]), { ...OPTIONS, me: 'a' }).oldest).toBe('e5');
    expect(step(first.ledger, reading([last], [entry(2)]), { ...OPTIONS, me: 'a' }).oldest).toBeUndefined();
  });

  it('shows an entry once that another gateway will move', () => {
    const last: Batch = { number: 4, by: 'b', mark: 'x', entries: [], isReset: false };
    const first = step(ledgerAt(last), reading([last], [entry(1)]), { ...OPTIONS, me: 'a' });
    expect([names(first.changes), first.batch]).toEqual([['row:1'], undefined]);
    const again = step(first.ledger, reading([last], [entry(1)]), { ...OPTIONS, me: 'a', now: 499 });
    expect([names(again.changes), again.batch]).toEqual([[], undefined]);
    const next: Batch = { number: 5, by: 'b', mark: 'y', entries: [entry(1), entry(2)], isReset: false };
    const moved = step(again.ledger, reading([last, next], []), { ...OPTIONS, me: 'a' });
    expect(names(moved.changes)).toEqual(['row:2']);
    expect(moved.ledger).toMatchObject({ position: 5, mark: 'y', seen: new Map() });
  });

  it('takes over when an entry has waited too long', () => {
    const last: Batch = { number: 4, by: 'b', mark: 'x', entries: [], isReset: false };
    const first = step(ledgerAt(last), reading([last], [entry(1)]), { ...OPTIONS, me: 'a', now: 100 });
    expect(takeOverAt(first.ledger, 500)).toBe(600);
    const late = step(first.ledger, reading([last], [entry(1), entry(2)]), { ...OPTIONS, me: 'a', now: 600 });
    expect(late.batch).toMatchObject({ number: 5, entries: [{ key: 'e1' }, { key: 'e2' }] });
    expect(names(late.changes)).toEqual(['row:2']);
    expect(late.ledger.lastBy).toBe('a');
  });

  it('shows all entries, moves as many as a batch holds, and does not show the rest again', () => {
    const entries = [1, 2, 3, 4, 5].map((key) => entry(key));
    const first = step(ledgerAt(undefined), reading([], entries), { ...OPTIONS, me: 'a' });
    expect(names(first.changes)).toHaveLength(5);
    expect(first.batch?.entries.map(({ key }) => key)).toEqual(['e1', 'e2', 'e3']);
    expect([first.hasMore, [...first.ledger.seen.keys()]]).toEqual([true, ['e4', 'e5']]);
    const last = written(first.batch as NewBatch, 'a');
    const second = step(first.ledger, reading([last], [entry(4), entry(5), entry(6)]), { ...OPTIONS, me: 'a' });
    expect(names(second.changes)).toEqual(['row:6']);
    expect(second.batch).toMatchObject({ number: 2, entries: [{ key: 'e4' }, { key: 'e5' }, { key: 'e6' }] });
    expect([second.hasMore, second.ledger.seen.size]).toEqual([false, 0]);
  });

  it('limits a batch by its ids and moves a larger entry alone', () => {
    const bulk = (key: number, count: number): Entry => ({
      ...entry(key),
      ids: Array.from({ length: count }, (_, row) => new RecordId('row', `${key}-${row}`)),
    });
    const moved = (...entries: Entry[]) => {
      const { batch, hasMore } = step(ledgerAt(undefined), reading([], entries), { ...OPTIONS, me: 'a' });
      return [batch?.entries.map(({ key }) => key), hasMore];
    };
    expect(moved(bulk(1, 2), bulk(2, 1), bulk(3, 1))).toEqual([['e1', 'e2'], true]);
    expect(moved(bulk(1, 2), bulk(2, 2))).toEqual([['e1'], true]);
    expect(moved(bulk(1, 10), bulk(2, 1))).toEqual([['e1'], true]);
    expect(moved(bulk(1, 10))).toEqual([['e1'], false]);
    // If the inbox has too many ids, its entries are read without ids.
    expect(moved(bulk(1, 0), bulk(2, 0), bulk(3, 0), bulk(4, 0))).toEqual([['e1', 'e2', 'e3'], true]);
  });

  it('leaves waiting entries to a leader that makes batches', () => {
    const batchOf = (number: number, ...keys: number[]): Batch => ({
      number,
      by: 'b',
      mark: `${number}`,
      entries: keys.map((key) => entry(key)),
      isReset: false,
    });
    const [four, five] = [batchOf(4), batchOf(5, 1)];
    const options = { ...OPTIONS, me: 'a' };
    const first = step(ledgerAt(four), reading([four], [entry(1), entry(2)]), options);
    const second = step(first.ledger, reading([four, five], [entry(2)]), { ...options, now: 500 });
    expect([second.batch, takeOverAt(second.ledger, 500)]).toEqual([undefined, 1_000]);
    const third = step(second.ledger, reading([five], [entry(2)]), { ...options, now: 1_000 });
    expect(third.batch).toMatchObject({ number: 6, entries: [{ key: 'e2' }] });
  });

  it('returns a reset if the inbox is cut off, an entry says so, or a batch has lost its ids', () => {
    const start = ledgerAt(undefined);
    const options = { ...OPTIONS, me: 'a' };
    expect(step(start, reading([], [entry(1)], { isCut: true }), options).changes).toBe('reset');
    expect(step(start, reading([], [entry(1, true)]), options)).toMatchObject({
      changes: 'reset',
      batch: { isReset: true },
    });
    const bulk = { ...entry(1), ids: Array.from({ length: 21 }, (_, key) => new RecordId('row', key)) };
    const made = step(start, reading([], [bulk]), options);
    expect(made.changes).toHaveLength(21);
    expect(made.batch?.isReset).toBe(true);
    const other: Batch = { number: 1, by: 'b', mark: 'x', entries: [{ ...bulk, ids: [] }], isReset: true };
    expect(step(start, reading([other], []), options).changes).toBe('reset');
    // A gateway that has shown the entries from the inbox has nothing to read again.
    const seen: Ledger = { ...start, lastBy: 'b', seen: new Map([['e1', 0]]) };
    expect(step(seen, reading([other], []), options).changes).toEqual([]);
  });

  it('recognises batches that do not continue what it has shown', () => {
    const at = (number: number, mark = 'x'): Batch => ({ number, by: 'b', mark, entries: [], isReset: false });
    const ledger = ledgerAt(at(4));
    expect(continues(ledger, [at(4), at(5)])).toBe(true);
    expect(continues(ledger, [at(5)])).toBe(false);
    expect(continues(ledger, [at(4), at(6)])).toBe(false);
    expect(continues(ledger, [])).toBe(false);
    expect(continues(ledger, [at(4, 'another history')])).toBe(false);
    expect(continues(ledgerAt(undefined), [at(1)])).toBe(true);
    expect(continues(ledgerAt(undefined), [at(3)])).toBe(false);
  });
});

/**
 * Several gateways on one database. A snapshot may be old when its step commits; the database refuses a second batch
 * with the same number.
 */
class Simulation {
  time = 0;
  writes = 0;
  inbox: Entry[] = [];
  batches: Batch[] = [];
  readonly moved = new Map<string, number>();
  readonly gateways = new Map<string, { ledger: Ledger; from: number; readonly shown: Set<string> }>();
  starts = 0;

  write(): void {
    this.writes += 1;
    this.inbox.push(entry(this.writes));
  }

  start(): void {
    this.starts += 1;
    const ledger = ledgerAt(this.batches.at(-1));
    this.gateways.set(`g${this.starts}`, { ledger, from: this.writes, shown: new Set() });
  }

  /** @param racers gateways that take their snapshots at the same moment and commit one after the other */
  round(racers: readonly string[]): void {
    const snapshot = { inbox: [...this.inbox], batches: [...this.batches], writes: this.writes };
    for (const me of racers) {
      const gateway = this.gateways.get(me);
      if (!gateway) continue;
      const { ledger } = gateway;
      const batches = snapshot.batches.filter(({ number }) => number >= ledger.position);
      expect(continues(ledger, batches)).toBe(true);
      const mark = `${me}-${this.time}`;
      const taken = step(ledger, reading(batches, snapshot.inbox), { ...OPTIONS, me, mark, now: this.time });
      if (taken.batch) {
        if (this.batches.some(({ number }) => number === taken.batch?.number)) continue;
        this.batches.push(written(taken.batch, me, mark));
        const keys = new Set(taken.batch.entries.map(({ key }) => key));
        for (const key of keys) this.moved.set(key, (this.moved.get(key) ?? 0) + 1);
        this.inbox = this.inbox.filter(({ key }) => !keys.has(key));
      }
      gateway.ledger = taken.ledger;
      for (const id of names(taken.changes)) gateway.shown.add(id);
      for (let write = gateway.from + 1; write <= snapshot.writes; write += 1)
        expect(gateway.shown).toContain(`row:${write}`);
    }
  }
}

it('moves every change into exactly one dense batch and shows it on every gateway, while gateways start and stop', () => {
  const operation = fc.oneof(
    { weight: 5, arbitrary: fc.constant({ kind: 'write' } as const) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('round' as const),
        racers: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'start' } as const) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), at: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(400) }) },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const simulation = new Simulation();
      simulation.start();
      const nameAt = (at: number): string => [...simulation.gateways.keys()][at] ?? '';
      for (const item of operations) {
        if (item.kind === 'write') simulation.write();
        else if (item.kind === 'start') simulation.start();
        else if (item.kind === 'stop') simulation.gateways.delete(nameAt(item.at));
        else if (item.kind === 'pass') simulation.time += item.ms;
        else simulation.round(item.racers.map(nameAt));
      }
      // A single gateway empties the inbox in bounded time.
      simulation.start();
      const last = nameAt(simulation.gateways.size - 1);
      simulation.round([last]);
      simulation.time += OPTIONS.takeOverMs;
      const most = Math.ceil(simulation.inbox.length / OPTIONS.batchIds);
      for (let batch = 0; batch < most; batch += 1) simulation.round([last]);
      expect(simulation.inbox).toEqual([]);
      expect([...simulation.moved.values()].every((times) => times === 1)).toBe(true);
      expect(simulation.moved.size).toBe(simulation.writes);
      expect(simulation.batches.map(({ number }) => number)).toEqual(simulation.batches.map((_, index) => index + 1));
    }),
    { numRuns: 500 },
  );
});
