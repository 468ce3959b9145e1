import { RecordId, toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, seededRandom } from '../testing/random.ts';
import { randomCondition, randomSchema, randomWrite, TABLES } from '../testing/random-application.ts';
import { createCompiler } from './compile/compile-plan.ts';
import { mayMatch } from './may-match.ts';
import { validatePlan } from './validate/validate-plan.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const { runs, seed } = fuzzSettings(300);

describe('mayMatch', () => {
  it(`never denies a row that the engine finds (SEED=${seed} RUNS=${runs})`, async () => {
    const random = seededRandom(seed);
    await database.owner.queryAll(randomSchema(random));
    for (let count = 0; count < 150; count += 1) await database.owner.queryAll(randomWrite(random).text);
    const schema = await readDatabaseSchema(database.owner);
    const open = new Map(
      [...schema.tables].map(([name, table]) => [
        name,
        { ...table, indexes: [], permissions: { ...table.permissions, select: true } },
      ]),
    );
    const compile = createCompiler({ ...schema, tables: open });
    let denied = 0;
    let possible = 0;
    for (let run = 0; run < runs; run += 1) {
      const table = random.pick(TABLES);
      const plan = validatePlan(schema, { table, select: [], where: randomCondition(random, table) });
      const { nodes, statement } = compile(plan, new RecordId('person', 1));
      const { text, bindings } = statement('v');
      const found = new Set(
        (await database.owner.query<{ id: RecordId }[]>(text, { ...bindings })).map(({ id }) => id.toString()),
      );
      const rows = await database.owner.query<Record<string, unknown>[]>(`SELECT * FROM ${table}`);
      for (const row of rows) {
        const isFound = found.has(String(row.id));
        const node = nodes[0];
        if (node === undefined || mayMatch(node, row)) {
          possible += isFound ? 0 : 1;
          continue;
        }
        denied += 1;
        expect(isFound, `SEED=${seed}: ${text} ${toSurqlString(bindings)} finds ${toSurqlString(row)}`).toBe(false);
      }
    }
    // Always returning true would be useless.
    expect(denied).toBeGreaterThan(possible);
  });
});
