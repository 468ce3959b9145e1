/*
 * Random permissions, evaluated for random rows and readers by the engine and by the gateway. What the gateway decides
 * must be what the engine decides: a wrong "visible" would show a row to the wrong reader.
 */
import { RecordId, toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { randomPermission, randomSchema, randomWrite, TABLES } from '../testing/random-application.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { type CompiledPermission, compilePermission } from './compile-permission.ts';
import type { RecordFields, RecordOf } from './evaluate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE person');
});
afterAll(() => database.close());

const { runs, seed } = fuzzSettings(120);
/** Permissions per random schema. */
const PER_SCHEMA = 40;
const READERS = [1, 2, 3, 99].map((key) => new RecordId('person', key));
/** The share of the rows that must be decided. */
const DECIDED_MIN = 0.95;

type Where = Extract<CompiledPermission, { kind: 'where' }>;
type Rows = ReadonlyMap<string, readonly RecordFields[]>;

describe(`test of a permission (SEED=${seed} RUNS=${runs})`, () => {
  it('decides what the engine decides', { timeout: 60_000 + runs * 500 }, async () => {
    const seen = { visible: 0, hidden: 0, undecided: 0 };
    for (let run = 0; run < runs; run += PER_SCHEMA) {
      const random = seededRandom(seed + run);
      await database.owner.queryAll(randomSchema(random));
      await database.owner.queryAll(Array.from({ length: 60 }, () => randomWrite(random).text).join('; '));
      const schema = await readDatabaseSchema(database.owner);
      const rows = await readRows();
      for (let count = 0; count < PER_SCHEMA; count += 1) {
        const { table, compiled } = randomCompiled(random, schema);
        await expectSame(table, compiled, random.pick(READERS), rows, random, seen, `SEED=${seed + run} RUNS=1`);
      }
    }
    expect(Math.min(seen.visible, seen.hidden)).toBeGreaterThan(0);
    const decided = seen.visible + seen.hidden;
    expect(decided / (decided + seen.undecided)).toBeGreaterThan(DECIDED_MIN);
  });
});

async function readRows(): Promise<Rows> {
  const found = await database.owner.queryAll<RecordFields[][]>(
    TABLES.map((table) => `SELECT * FROM ${table}`).join(';'),
  );
  return new Map(TABLES.map((table, index) => [table, found[index] ?? []]));
}

/** A permission of the schema, in the form in which INFO prints it, or one that is not part of it. */
function randomCompiled(random: Random, schema: DatabaseSchema): { readonly table: string; readonly compiled: Where } {
  for (;;) {
    const name = random.pick(TABLES);
    const table = schema.tables.get(name) as TableSchema;
    const permission = random.chance(0.1) ? table.permissions.select : randomPermission(random, name);
    const compiled = compilePermission(permission, { schema, table, readerTable: 'person' });
    if (compiled.kind === 'where') return { table: name, compiled };
  }
}

async function expectSame(
  table: string,
  compiled: Where,
  reader: RecordId,
  rows: Rows,
  random: Random,
  seen: { visible: number; hidden: number; undecided: number },
  rerun: string,
): Promise<void> {
  const condition = compiled.print('$who');
  const text = `SELECT VALUE id FROM ${table} WITH NOINDEX WHERE ${condition}`;
  const found = new Set((await database.owner.query<RecordId[]>(text, { who: reader })).map(String));
  const all = new Map([...rows.values()].flat().map((row) => [String(row.id), row]));
  const recordOf: RecordOf = (id) => all.get(String(id));
  for (const row of rows.get(table) ?? []) {
    const truth = compiled.test(row, reader, recordOf);
    const isFound = found.has(String(row.id));
    seen[truth === undefined ? 'undecided' : isFound ? 'visible' : 'hidden'] += 1;
    const note = `${rerun}: ${condition} for ${reader} and ${toSurqlString(row)}`;
    if (truth !== undefined) expect(truth, note).toBe(isFound);
    // Without some of the records, less is decided, and nothing else.
    const partial = compiled.test(row, reader, (id) => (random.chance(0.5) ? UNKNOWN : recordOf(id)));
    if (partial !== undefined) expect(partial, note).toBe(isFound);
  }
}
