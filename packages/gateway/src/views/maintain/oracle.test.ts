/*
 * Random applications, plans and writes. After each write, every maintained view is compared with its plan's statement, run
 * again: what is shown, what is held in reserve, and what a tab has that applies the frames.
 *
 * RUNS=100 makes 100,000 comparisons.
 */
import { createLink, type Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { createCompiler } from '../../plans/compile/compile-plan.ts';
import { validatePlan } from '../../plans/validate/validate-plan.ts';
import type { DatabaseSchema } from '../../schema/database-schema.ts';
import { readDatabaseSchema } from '../../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { MaintainedApplication, Tally } from '../../testing/maintained-views.ts';
import { fuzzSettings, type Random, seededRandom } from '../../testing/random.ts';
import {
  type RandomWrite,
  randomPlan,
  randomSchema,
  randomWrite,
  type TableName,
} from '../../testing/random-application.ts';

/** Comparisons of one application. */
const COMPARISONS = 1_000;
const VIEWS = 20;
const READERS = [1, 2, 3, 4].map((key) => new RecordId('person', key));
/** Rows that permissions read are written less often than others, as in most applications. */
const WRITTEN: readonly TableName[] = [
  'person',
  ...repeat<TableName>('team', 2),
  ...repeat<TableName>('doc', 6),
  ...repeat<TableName>('item', 7),
];
const FOLLOWING = 0.02;
/** The share of writes before which another view takes the place of the oldest. */
const REPLACING = 0.1;
/** Reasons for which a plan and its permissions require that a view is read again. */
const REQUIRED = new Set(['permission', 'reader', 'offset']);
/** The share of affected views that may be read again for other reasons, and for any reason. */
const OTHER_RERUNS_MAX = 0.03;
const RERUNS_MAX = 0.15;
/** Single applications differ too much from each other for RERUNS_MAX. */
const RUNS_MIN = 50;

let database: TestDatabase;
let service: Link;
beforeAll(async () => {
  database = await startTestDatabase();
  service = createLink(database.options);
  await service.open();
});
afterAll(async () => {
  await service.close();
  await database.close();
});

const { runs, seed } = fuzzSettings(3);

describe(`maintained views (SEED=${seed} RUNS=${runs})`, () => {
  it('equal what their statements return', { timeout: 30_000 + runs * 30_000 }, async () => {
    const tally = new Tally();
    for (let run = 0; run < runs; run += 1) await compareOnce(seed + run, tally);
    if (process.env.RUNS !== undefined) console.log(textOf(tally));
    expect(tally.patched).toBeGreaterThan(0);
    const other = [...tally.reruns].filter(([reason]) => !REQUIRED.has(reason)).map(([, count]) => count);
    expect(other.reduce((sum, count) => sum + count, 0) / tally.affected).toBeLessThan(OTHER_RERUNS_MAX);
    if (runs >= RUNS_MIN) expect(tally.rerun / tally.affected).toBeLessThan(RERUNS_MAX);
  });
});

async function compareOnce(seed: number, tally: Tally): Promise<void> {
  const random = seededRandom(seed);
  const schema = randomSchema(random, FOLLOWING);
  await database.owner.queryAll(schema);
  await write(Array.from({ length: 60 }, () => randomWrite(random)));
  const application = new MaintainedApplication(service, database.owner, READERS, tally);
  const databaseSchema = await readDatabaseSchema(service);
  await addViews(application, random, databaseSchema);
  const end = tally.compared + COMPARISONS;
  const written: string[] = [];
  while (application.size > 0 && tally.compared < end) {
    if (random.chance(REPLACING)) {
      application.removeFirst();
      await addViews(application, random, databaseSchema);
    }
    const writes = Array.from({ length: 1 + random.below(3) }, () => randomWrite(random, WRITTEN));
    written.push(await write(writes));
    const ids = [...new Map(writes.map(({ id }) => [String(id), id])).values()];
    const difference = await application.changed(ids, random.chance(0.5));
    if (difference === undefined) continue;
    expect.fail(`SEED=${seed} RUNS=1, after ${written.length} writes\n${difference}\n${written.at(-1)}\n${schema}`);
  }
}

async function addViews(application: MaintainedApplication, random: Random, schema: DatabaseSchema): Promise<void> {
  const compile = createCompiler(schema);
  for (let tries = 0; application.size < VIEWS && tries < 10 * VIEWS; tries += 1) {
    const reader = random.pick(READERS);
    try {
      const compiled = compile(validatePlan(schema, randomPlan(random)), reader);
      if (compiled.live.kind === 'exact') application.add(compiled, reader);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'SPOOKY_GATEWAY_LIMIT') throw error;
    }
  }
  await application.readNew();
}

function repeat<Item>(item: Item, times: number): Item[] {
  return Array.from({ length: times }, () => item);
}

/** Makes the writes in one transaction. Readers who are deleted are created again, so that they can still read. */
async function write(writes: readonly RandomWrite[]): Promise<string> {
  const readers = READERS.map((id) => `INSERT IGNORE INTO person { id: ${id}, name: 'p' }`);
  const text = [...writes.map((item) => item.text), ...readers].join('; ');
  await database.owner.queryAll(`BEGIN; ${text}; COMMIT`);
  return text;
}

function textOf({ compared, affected, patched, unchanged, asked, rerun, reruns }: Tally): string {
  const share = ((100 * rerun) / affected).toFixed(1);
  const reasons = [...reruns].sort(([, one], [, other]) => other - one).map(([reason, count]) => `${count} ${reason}`);
  return `${compared} comparisons; ${affected} affected views: ${patched} patched, ${unchanged} unchanged, ${rerun} (${share} %) read again (${reasons.join(', ')}); the engine was asked for ${asked}`;
}
