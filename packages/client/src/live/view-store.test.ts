import { encodeValue, type ViewChange, type WirePlan, type WireRow } from '@spookify/gateway/wire';
import fc from 'fast-check';
import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { ViewStore } from './view-store.ts';

/** Threads with their author and their jobs, which have an author too. */
const PLAN: WirePlan = {
  table: 'thread',
  related: [
    { name: 'author', many: false, field: 'author', plan: { table: 'user' } },
    {
      name: 'jobs',
      many: true,
      field: 'assigned_to',
      plan: {
        table: 'job',
        related: [{ name: 'author', many: false, field: 'author', plan: { table: 'user' } }],
      },
    },
  ],
};
const [THREAD, AUTHOR, JOB, JOB_AUTHOR] = [0, 1, 2, 3] as const;

/** A whole state in its simplest form: rows by node, lists by node and parent. */
interface State {
  rows: Record<number, Record<string, number>>;
  lists: Record<number, Record<string, string[]>>;
}

const wireRow = (key: string, version: number): WireRow =>
  encodeValue({ id: new RecordId('row', key), version, $odd: [version] }) as WireRow;

function snapshotOf(state: State): ViewChange {
  return {
    rows: Object.entries(state.rows).flatMap(([node, rows]) =>
      Object.entries(rows).map(([key, version]): ViewChange['rows'][number] => [
        Number(node),
        key,
        `${version}`,
        wireRow(key, version),
      ]),
    ),
    lists: Object.entries(state.lists).flatMap(([node, lists]) =>
      Object.entries(lists).map(([parent, keys]): ViewChange['lists'][number] => [
        Number(node),
        parent,
        [[0, 0, keys]],
      ]),
    ),
  };
}

/** The rows that differ, and each list that differs as one splice between its common start and end. */
function deltaOf(before: State, after: State): ViewChange {
  const rows = snapshotOf(after).rows.filter(([node, key, hash]) => `${before.rows[node]?.[key]}` !== hash);
  const lists: [number, string, [number, number, string[]][]][] = [];
  for (const node of [THREAD, AUTHOR, JOB, JOB_AUTHOR]) {
    const parents = new Set([...Object.keys(before.lists[node] ?? {}), ...Object.keys(after.lists[node] ?? {})]);
    for (const parent of parents) {
      const old = before.lists[node]?.[parent] ?? [];
      const now = after.lists[node]?.[parent] ?? [];
      let start = 0;
      while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
      let end = 0;
      while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
      if (start + end < old.length || start + end < now.length) {
        lists.push([node, parent, [[start, old.length - start - end, now.slice(start, now.length - end)]]]);
      }
    }
  }
  return { rows, lists };
}

/** The result as a naive implementation builds it. */
function resultOf(state: State): unknown {
  const rowsOf = (node: number, parent: string, more: (key: string) => object): object[] =>
    (state.lists[node]?.[parent] ?? []).map((key) => ({ key, version: state.rows[node]?.[key], ...more(key) }));
  const none = (): object => ({});
  return rowsOf(THREAD, '', (thread) => ({
    author: rowsOf(AUTHOR, thread, none)[0] ?? null,
    jobs: rowsOf(JOB, thread, (job) => ({ author: rowsOf(JOB_AUTHOR, job, none)[0] ?? null })),
  }));
}

/** A result with keys instead of ids. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const { id, $odd, ...rest } = value as { id: RecordId; $odd: number[]; version: number };
  expect($odd).toEqual([rest.version]);
  const members = Object.entries(rest).map(([name, item]) => [name, plain(item)]);
  return { key: id.id, ...Object.fromEntries(members) };
}

const states = fc
  .record({
    threads: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
    jobs: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's'), { maxLength: 4 }),
    owners: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 4, maxLength: 4 }),
    authors: fc.array(fc.constantFrom('x', 'y', undefined), { minLength: 8, maxLength: 8 }),
    versions: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 12, maxLength: 12 }),
  })
  .map(({ threads, jobs, owners, authors, versions }): State => {
    const state: State = { rows: {}, lists: {} };
    let next = 0;
    const add = (node: number, parent: string, key: string): void => {
      const rows = state.rows[node] ?? {};
      const lists = state.lists[node] ?? {};
      state.rows[node] = { ...rows, [key]: rows[key] ?? versions[next % versions.length] ?? 1 };
      state.lists[node] = { ...lists, [parent]: [...(lists[parent] ?? []), key] };
      next += 1;
    };
    for (const thread of threads) {
      add(THREAD, '', thread);
      const author = authors[next % authors.length];
      if (author !== undefined) add(AUTHOR, thread, author);
      for (const [at, job] of jobs.entries()) {
        if (owners[at] !== thread) continue;
        add(JOB, thread, job);
        const jobAuthor = authors[(next + 1) % authors.length];
        if (jobAuthor !== undefined) add(JOB_AUTHOR, job, jobAuthor);
      }
    }
    return state;
  });

describe('a view', () => {
  it('shows each state after snapshots and differences, and keeps unchanged parts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(states, fc.boolean()), { minLength: 1, maxLength: 6 }), (history) => {
        const store = new ViewStore(PLAN);
        let before: State = { rows: {}, lists: {} };
        let shown = store.result;
        for (const [state, isSnapshot] of history) {
          if (isSnapshot) store.replace(snapshotOf(state));
          else store.apply(deltaOf(before, state));
          const result = store.result;
          expect(plain(result)).toEqual(resultOf(state));
          // A row with equal content is the same object, wherever it is now.
          const known = new Map((shown as { id: RecordId }[]).map((row) => [JSON.stringify(plain(row)), row]));
          for (const row of result as object[]) {
            const same = known.get(JSON.stringify(plain(row)));
            if (same !== undefined) expect(row).toBe(same);
          }
          if (JSON.stringify(plain(shown)) === JSON.stringify(plain(result))) expect(result).toBe(shown);
          // Earlier results have not changed.
          expect(plain(shown)).toEqual(resultOf(before));
          const fresh = new ViewStore(PLAN);
          fresh.replace(snapshotOf(state));
          expect(store.digest()).toBe(fresh.digest());
          [before, shown] = [state, result];
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives one row or null for a plan of one', () => {
    const store = new ViewStore({ table: 'thread', single: true });
    expect(store.result).toBeNull();
    store.replace({ rows: [[0, 'a', 'h', wireRow('a', 1)]], lists: [[0, '', [[0, 0, ['a']]]]] });
    expect(store.result).toMatchObject({ version: 1 });
    store.apply({ rows: [], lists: [[0, '', [[0, 1, []]]]] });
    expect(store.result).toBeNull();
  });

  it('rebuilds one row of ten thousand and what contains it', () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `t${n}`);
    const store = new ViewStore(PLAN);
    store.replace({
      rows: keys.flatMap((key): ViewChange['rows'][number][] => [
        [THREAD, key, 'h', wireRow(key, 1)],
        [JOB, `j${key}`, 'h', wireRow(`j${key}`, 1)],
      ]),
      lists: [
        [THREAD, '', [[0, 0, keys]]],
        ...keys.map((key): ViewChange['lists'][number] => [JOB, key, [[0, 0, [`j${key}`]]]]),
      ],
    });
    const before = store.result as { jobs: readonly object[] }[];
    store.apply({ rows: [[JOB, 'jt5000', 'h2', wireRow('jt5000', 2)]], lists: [] });
    const after = store.result as { jobs: readonly object[] }[];
    expect(after.map((row, at) => (row === before[at] ? undefined : at)).filter((at) => at !== undefined)).toEqual([
      5_000,
    ]);
    expect(after[5_000]?.jobs).toMatchObject([{ version: 2 }]);
  });

  it('keeps the unchanged values of a row', () => {
    const store = new ViewStore({ table: 'thread' });
    const rowOf = (title: string) => encodeValue({ id: new RecordId('thread', 'a'), title, tags: ['x'] }) as WireRow;
    store.replace({ rows: [[0, 'a', '1', rowOf('before')]], lists: [[0, '', [[0, 0, ['a']]]]] });
    const [before] = store.result as { id: RecordId; tags: string[] }[];
    store.apply({ rows: [[0, 'a', '2', rowOf('after')]], lists: [] });
    const [after] = store.result as { id: RecordId; tags: string[] }[];
    expect(after).toMatchObject({ title: 'after' });
    expect(after?.id).toBe(before?.id);
    expect(after?.tags).toBe(before?.tags);
  });

  it('refuses invalid data', () => {
    const store = new ViewStore(PLAN);
    expect(() => store.apply({ rows: [[9, 'a', 'h', {}]], lists: [] })).toThrow(RangeError);
    expect(() => store.apply({ rows: [], lists: [[0, '', [[0, 0, ['never sent']]]]] })).toThrow(RangeError);
  });
});
