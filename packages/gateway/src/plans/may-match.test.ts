import { RecordId, toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, seededRandom } from '../testing/random.ts';
import { randomCondition, randomSchema, randomWrite, TABLES } from '../testing/random-application.ts';
import { createCompiler } from './compile/compile-plan.ts';
import { matches } from './may-match.ts';
import { validatePlan } from './validate/validate-plan.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const { runs, seed } = fuzzSettings(300);

describe('matches', () => {
  it(`finds the rows that the engine finds (SEED=${seed} RUNS=${runs})`, async () => {
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
    const seen = { found: 0, denied: 0, undecided: 0 };
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
        const truth = matches(nodes[0]?.plan.where, row);
        seen[truth === undefined ? 'undecided' : isFound ? 'found' : 'denied'] += 1;
        if (truth === undefined) continue;
        expect(truth, `SEED=${seed}: ${text} ${toSurqlString(bindings)} of ${toSurqlString(row)}`).toBe(isFound);
      }
    }
    expect(Math.min(seen.found, seen.denied)).toBeGreaterThan(0);
    // Without a decision, the engine is asked.
    expect(seen.undecided).toBeLessThan((seen.found + seen.denied) / 20);
  });
});
