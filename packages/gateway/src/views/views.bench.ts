/*
 * Measures how long a gateway takes to maintain one view, by the number of its rows: from a changed row to the frame. No
 * database is part of it. The view is a list by date with a relation to one, as a page of threads with their authors.
 *
 * - `edit`: a row gets another text and stays in its place.
 * - `insert`: a new row comes to a random place.
 * - `move`: a row goes to another place.
 * - `remove`: a row is deleted.
 *
 *   ROWS=100,1000,10000  CHANGES=2000
 */
import { DateTime, RecordId } from 'surrealdb';
import { type Benchmark, type Summary, summarize } from '../../../../bench/measure.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import { validatePlan } from '../plans/validate/validate-plan.ts';
import type { DatabaseSchema, FieldSchema, TableSchema } from '../schema/database-schema.ts';
import { seededRandom } from '../testing/random.ts';
import { frameOf } from './delivery/diff.ts';
import { type Change, changeOf } from './maintain/change.ts';
import { type MaintainOptions, maintain } from './maintain/maintain.ts';
import { applyPatch } from './maintain/patch.ts';
import { stateOf } from './maintain/state-of.ts';
import { rowEncoder } from './row.ts';

const ROWS = (process.env.ROWS ?? '100,1000,10000').split(',').map(Number);
const CHANGES = Number(process.env.CHANGES ?? 2_000);
const READER = new RecordId('user', 'reader');
const AUTHORS = 5;

const encodeRow = rowEncoder('the-key-of-a-benchmark-with-32-characters');
const OPTIONS: MaintainOptions = {
  encodeRow,
  recordOf: () => undefined,
  isSame: () => true,
  answers: new Map(),
};

const bench: Benchmark = async (progress) => {
  const sizes: Record<string, Record<string, Summary>> = {};
  for (const rows of ROWS) {
    // The first run compiles the code.
    measure(Math.min(rows, 1_000));
    sizes[rows] = measure(rows);
    progress(
      `${rows} rows: ${Object.entries(sizes[rows])
        .map(([kind, { median }]) => `${kind} ${median} ms`)
        .join(', ')}`,
    );
  }
  return { changes: CHANGES, unit: 'ms', rows: sizes };
};
export default bench;

type Kind = 'edit' | 'insert' | 'move' | 'remove';

function measure(count: number): Record<Kind, Summary> {
  const random = seededRandom(1);
  const compiled = createCompiler(SCHEMA)(validatePlan(SCHEMA, PLAN), READER);
  const rows = new Map(Array.from({ length: count }, (_, key) => [key, rowOf(key, random.below(1_000_000))]));
  const sorted = [...rows.values()].sort((a, b) => Number(b.at.nanoseconds - a.at.nanoseconds));
  const state = stateOf(
    compiled.nodes,
    sorted.map((row) => ({ ...row, __link_1: row.author, author: [{ id: row.author, name: String(row.author) }] })),
    encodeRow,
  );
  const samples: Record<Kind, number[]> = { edit: [], insert: [], move: [], remove: [] };
  let next = count;
  const change = (kind: Kind): Change => {
    const key = kind === 'insert' ? next++ : random.pick([...rows.keys()]);
    const before = rows.get(key) ?? rowOf(key, random.below(1_000_000));
    const at = kind === 'move' ? rowOf(key, random.below(1_000_000)).at : before.at;
    const row = { ...before, at, title: `Title ${random.below(1_000_000)}` };
    if (kind === 'remove') rows.delete(key);
    else rows.set(key, row);
    return changeOf(row.id, kind === 'remove' ? undefined : row);
  };
  for (let index = 0; index < CHANGES; index += 1) {
    for (const kind of ['edit', 'insert', 'move', 'remove'] as const) {
      const made = change(kind);
      const start = performance.now();
      const result = maintain(compiled, state, [made], OPTIONS);
      if (result.kind !== 'patched') throw new Error(`a change was not maintained: ${result.kind}`);
      applyPatch(state, result.patch);
      const text = frameOf('delta', 1, result.patch.difference);
      samples[kind].push(performance.now() - start);
      if (text.length > 2_000) throw new Error('a frame is not small');
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([kind, all]) => [kind, summarize(all)])) as Record<
    Kind,
    Summary
  >;
}

function rowOf(key: number, seconds: number) {
  return {
    id: new RecordId('thread', key),
    at: new DateTime([1_700_000_000n + BigInt(seconds), 0n]),
    author: new RecordId('user', key % AUTHORS),
    content: 'A few words that somebody has written, not very long and not very short either.',
    title: `Title ${key}`,
  };
}

const PLAN = {
  table: 'thread',
  orderBy: [{ field: 'at', descending: true }],
  related: [{ name: 'author', many: false, field: 'author', plan: { table: 'user' } }],
} as const;

const ALLOWED = { select: true, create: true, update: true, delete: true } as const;

const SCHEMA: DatabaseSchema = {
  tables: new Map(
    [
      tableOf('thread', { at: 'datetime', author: 'record<user>', content: 'string', title: 'string' }),
      tableOf('user', { name: 'string' }),
    ].map((table) => [table.name, table]),
  ),
  functions: new Map(),
  accesses: new Map(),
  hash: 'a benchmark',
};

function tableOf(name: string, kinds: Readonly<Record<string, string>>): TableSchema {
  const fields = Object.entries(kinds).map(([field, kind]): [string, FieldSchema] => [
    field,
    { name: field, kind, select: true, isReadonly: false, isComputed: false },
  ]);
  return { name, isSchemafull: true, permissions: ALLOWED, fields: new Map(fields), indexes: [] };
}
