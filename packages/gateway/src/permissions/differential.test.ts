import { createLink, type Link, type Queries } from '@spookify/surreal-link';
import { RecordId, toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { Compile, CompiledPlan, Plan } from '../plans/plan.ts';
import { validatePlan } from '../plans/validate/validate-plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { randomPlan, randomSchema, randomWrite } from '../testing/random-application.ts';
import { openReaderSessions, type ReaderSessions } from '../testing/reader-sessions.ts';
import { unrestrictedSchema } from '../testing/unrestricted-schema.ts';
import type { WirePlan } from '../wire/index.ts';

let database: TestDatabase;
let service: Link;
let readers: ReaderSessions;
beforeAll(async () => {
  database = await startTestDatabase();
  service = createLink(database.options);
  await service.open();
  readers = await openReaderSessions(database.options);
});
afterAll(async () => {
  await readers.close();
  await service.close();
  await database.close();
});

const { runs, seed } = fuzzSettings(6);

describe(`a compiled plan (SEED=${seed} RUNS=${runs})`, () => {
  it("shows what the engine shows in the reader's own session", { timeout: 30_000 + runs * 5_000 }, async () => {
    const seen = { exact: 0, engine: 0, rows: 0 };
    for (let run = 0; run < runs; run += 1)
      await compareOnce(seededRandom(seed + run), `SEED=${seed + run} RUNS=1`, seen);
    expect(seen.exact).toBeGreaterThan(seen.engine);
    expect(seen.rows).toBeGreaterThan(0);
  });
});

/** Compares plans on a random schema with random rows, and again after each few writes. */
async function compareOnce(random: Random, rerun: string, seen: { exact: number; engine: number; rows: number }) {
  const text = randomSchema(random);
  await database.owner.queryAll(text);
  await write(random, 40);
  const schema = await readDatabaseSchema(service);
  const [compile, compileOpen, compileScan] = [
    schema,
    unrestrictedSchema(schema),
    withoutIndexes(unrestrictedSchema(schema)),
  ].map(createCompiler) as [Compile, Compile, Compile];
  const cases = Array.from({ length: 12 }, () => {
    const { wire, plan } = acceptedPlan(random, schema);
    const reader = new RecordId('person', 1 + random.below(4));
    return {
      wire,
      reader,
      compiled: compile(plan, reader),
      open: compileOpen(plan, reader),
      scan: compileScan(plan, reader),
      last: '',
    };
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const written = turn === 0 ? undefined : await write(random, 4);
    await database.owner.queryAll(PEOPLE);
    written?.add('person');
    const byKey = new Map<string, string>();
    for (const one of cases) {
      const { wire, reader, compiled, open, scan } = one;
      seen[compiled.live.kind] += 1;
      const note = `${rerun}\n${reader} reads ${JSON.stringify(wire)}\n${compiled.statement('v').text}\n${text}`;
      const session = readers.as(reader);
      const [opened, expected] = [await rowsOf(session, open), await rowsOf(session, scan)];
      expect(opened, note).toBe(expected);
      if (compiled.live.kind === 'engine') continue;
      const shown = await inRound((round) => rowsOf(round, compiled));
      expect(shown, note).toBe(expected);
      await expectRecent(compiled, shown, note);
      // Readers who share a view see the same rows.
      expect(byKey.get(compiled.key) ?? shown, note).toBe(shown);
      byKey.set(compiled.key, shown);
      if (one.last !== '' && one.last !== shown) {
        expect(
          [...(written ?? [])].some((table) => compiled.tables.has(table)),
          `${note}\nchanged by ${[...(written ?? [])]}`,
        ).toBe(true);
      }
      one.last = shown;
      seen.rows += shown.length > 4 ? 1 : 0;
    }
  }
}

/** Runs in a transaction, as rounds do: the engine runs statements of such a transaction differently from others. */
function inRound<Result>(work: (round: Queries) => Promise<Result>): Promise<Result> {
  return service.transaction(work);
}

/** The cheap statement of a list returns the same rows, or fewer if rows are missing. */
async function expectRecent({ recent, statement, nodes }: CompiledPlan, shown: string, note: string): Promise<void> {
  if (recent === undefined) return;
  const { text, bindings } = statement('v');
  const list = await inRound((round) => round.query<Record<string, unknown>[]>(text, { ...bindings }));
  const floor = list.at(-1)?.[recent.field];
  if (list.length === nodes[0]?.fetched)
    expect(await inRound((round) => rowsOf(round, { statement: () => recent.statement('v', floor) })), note).toBe(
      shown,
    );
}

/** Plans that could ask for too many rows are refused. */
function acceptedPlan(random: Random, schema: DatabaseSchema): { readonly wire: WirePlan; readonly plan: Plan } {
  for (;;) {
    const wire = randomPlan(random);
    try {
      return { wire, plan: validatePlan(schema, wire) };
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'SPOOKY_GATEWAY_LIMIT')) throw error;
    }
  }
}

/** Keeps the readers in existence. */
const PEOPLE = [1, 2, 3, 4].map((key) => `INSERT IGNORE INTO person { id: ${key}, name: 'p' }`).join('; ');

async function write(random: Random, count: number): Promise<Set<string>> {
  const writes = Array.from({ length: count }, () => randomWrite(random));
  await database.owner.queryAll(writes.map(({ text }) => text).join('; '));
  return new Set(writes.map(({ table }) => table));
}

async function rowsOf(queries: Queries, { statement }: Pick<CompiledPlan, 'statement'>) {
  const { text, bindings } = statement('v');
  return toSurqlString(await queries.query(text, { ...bindings }));
}

/** Makes every plan scan its tables. */
function withoutIndexes(schema: DatabaseSchema): DatabaseSchema {
  return { ...schema, tables: new Map([...schema.tables].map(([name, table]) => [name, { ...table, indexes: [] }])) };
}
