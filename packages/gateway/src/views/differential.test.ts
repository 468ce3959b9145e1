/*
 * Random applications, plans and writes. After each round, a view must show what the engine selects in its reader's own
 * session, also when a permission changes through another row.
 */
import { createLink, type Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../errors.ts';
import { installGateway } from '../install/install.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { CompiledPlan, Plan } from '../plans/plan.ts';
import { validatePlan } from '../plans/validate/validate-plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { randomPlan, randomSchema, randomWrite } from '../testing/random-application.ts';
import { openReaderSessions, type ReaderSessions } from '../testing/reader-sessions.ts';
import { createTab, type Tab } from '../testing/tab.ts';
import { createLiveViews } from './live-views.ts';
import { stateOf } from './maintain/state-of.ts';
import { rowEncoder } from './row.ts';
import { digestOfState } from './state.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const encodeRow = rowEncoder(TOKEN_KEY);

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

const { runs, seed } = fuzzSettings(4);

interface Case {
  readonly id: number;
  readonly tab: Tab;
  readonly compiled: CompiledPlan;
}

describe(`live views (SEED=${seed} RUNS=${runs})`, () => {
  it("show what the engine shows in their reader's own session", { timeout: 30_000 + runs * 10_000 }, async () => {
    let compared = 0;
    for (let run = 0; run < runs; run += 1) {
      compared += await compareOnce(seededRandom(seed + run), `SEED=${seed + run} RUNS=1`);
    }
    expect(compared).toBeGreaterThan(0);
  });
});

async function compareOnce(random: Random, rerun: string): Promise<number> {
  const text = randomSchema(random);
  await database.owner.queryAll(text);
  await installGateway(database.owner, TOKEN_KEY);
  await write(random, 30);
  const errors: string[] = [];
  const views = createLiveViews({
    link: service,
    tokenKey: TOKEN_KEY,
    logger: { info: () => undefined, warn: () => undefined, error: (details) => errors.push(JSON.stringify(details)) },
    changeLimits: { roundShare: 1 },
    viewLimits: { proofSample: 1 },
  });
  await views.start();
  try {
    const schema = await readDatabaseSchema(service);
    const compile = createCompiler(schema);
    const tabs = [1, 2, 3, 4].map((key) => {
      const reader = new RecordId('person', key);
      return createTab({ reader, engine: readers.as(reader) });
    });
    const cases = Array.from({ length: 16 }, (_, id) => id).flatMap((id): Case[] => {
      const tab = random.pick(tabs);
      const plan = planOf(schema, randomPlan(random));
      if (!plan) return [];
      views.subscribe(tab, id, plan);
      const compiled = compile(plan, tab.reader);
      return compiled.live.kind === 'exact' ? [{ id, tab, compiled }] : [];
    });
    let compared = 0;
    for (let turn = 0; turn < 8; turn += 1) {
      const written = turn === 0 ? '' : await write(random, 1 + random.below(3));
      for (const tab of tabs) {
        const round = views.nextRound(tab);
        await vi.waitFor(() => expect(tab.round).toBeGreaterThanOrEqual(round), WAIT);
      }
      for (const { id, tab, compiled } of cases) {
        const { text: unrestricted, bindings } = compiled.unrestricted('v');
        const allowed = stateOf(compiled.nodes, await tab.engine.query(unrestricted, { ...bindings }), encodeRow);
        const shown = tab.digestOf(
          id,
          compiled.nodes.map(({ parent }) => parent),
        );
        const note = `${rerun} turn ${turn}\n${tab.reader} reads ${compiled.statement('v').text}\nafter ${written}\n${text}`;
        if (process.env.DEBUG && shown !== digestOfState(compiled.nodes, allowed))
          console.log(
            JSON.stringify(tab.rowsOf(id), undefined, 1),
            [...(allowed.nodes[0]?.lists.get('') ?? [])],
            [...(allowed.nodes[0]?.rows ?? [])].map(([k, r]) => [k, r.row.json, r.sort]),
          );
        expect(shown, note).toBe(digestOfState(compiled.nodes, allowed));
        compared += 1;
      }
    }
    expect(errors).toEqual([]);
    return compared;
  } finally {
    await views.stop();
  }
}

/** Undefined if the plan exceeds a limit. */
function planOf(schema: DatabaseSchema, wire: unknown): Plan | undefined {
  try {
    return validatePlan(schema, wire);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'SPOOKY_GATEWAY_LIMIT') return undefined;
    throw error;
  }
}

/** Keeps the readers in existence. */
const PEOPLE = [1, 2, 3, 4].map((key) => `INSERT IGNORE INTO person { id: ${key}, name: 'p' }`).join('; ');

async function write(random: Random, count: number): Promise<string> {
  const text = Array.from({ length: count }, () => randomWrite(random).text).join('; ');
  await database.owner.queryAll(`BEGIN; ${text}; ${PEOPLE}; COMMIT`);
  return text;
}
