/*
 * Random histories on the real engine: writers with long, aborted and conflicting transactions; several gateways that
 * start and stop; tabs that are slow, leave and come back with a digest; and a database that restarts.
 *
 * Every write of money moves it between two tables, increments a clock row and stores the clock's count in both rows.
 * In every state that existed, the sum is therefore the same, and the highest count on any row is the clock's. A tab
 * that shows all three tables checks this at every commit. SPOOKY_HISTORIES=100 runs more histories.
 */
import { createLink, type Link, LinkError } from '@spookify/surreal-link';
import fc from 'fast-check';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { plan, readSimpleSchema, simpleCompiler } from '../testing/simple-plans.ts';
import { createTab, type Tab } from '../testing/tab.ts';
import { encodeValue } from '../wire/value.ts';
import { createLiveViews } from './live-views.ts';
import type { LiveViews } from './subscriber.ts';

const RUNS = Number(process.env.SPOOKY_HISTORIES ?? 4);
const WAIT = { timeout: 20_000, interval: 10 };
const READER = new RecordId('person', 'ada');
const ROWS = 4;
const TOTAL = ROWS * 200;

const SCHEMA = `
  DEFINE TABLE clock SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE purse SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE chest SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE team SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE team.is_open = true;
  DEFINE INDEX task_team ON task FIELDS team;`;

const RESET = `BEGIN;
  DELETE clock, purse, chest, team, task;
  CREATE clock:one SET n = 0;
  FOR $i IN 0..${ROWS} {
    CREATE type::record('purse', $i) SET amount = 100, n = 0;
    CREATE type::record('chest', $i) SET amount = 100, n = 0;
    CREATE type::record('team', $i) SET is_open = true;
  };
COMMIT`;

const compilerOf = simpleCompiler({
  task: { where: 'team.is_open = true', follows: [{ field: 'team', table: 'team', member: 'is_open' }] },
});

/** The subscriptions of every tab. */
const PLANS = [
  plan('clock'),
  plan('purse'),
  plan('chest'),
  plan('team', { related: [{ name: 'tasks', many: true, field: 'team', plan: plan('task') }] }),
  plan('task', { orderBy: [{ field: 'title', descending: true }], limit: 3 }),
];

const MOVE = `LET $n = (SELECT VALUE n FROM ONLY clock:one) + 1;
  UPDATE clock:one SET n = $n;
  UPDATE type::record('purse', $from) SET amount -= $amount, n = $n;
  UPDATE type::record('chest', $to) SET amount += $amount, n = $n`;

const place = fc.nat(ROWS - 1);
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('move'),
      from: place,
      to: place,
      amount: fc.integer({ min: -9, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('long'),
      from: place,
      to: place,
      commits: fc.boolean(),
      moves: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('team'), at: place, isOpen: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('task'), at: place, id: fc.nat(8), isGone: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tab'), gateway: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave'), tab: fc.nat(5), comesBack: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('slow'), tab: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain'), tab: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gateway'), gateway: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('index'), at: fc.nat(99) }) },
);

type Operation = { readonly kind: string } & { readonly [name: string]: string | number | boolean };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(SCHEMA);
});
afterAll(() => database.close());

it(
  'never shows a state that did not exist, never goes back, and misses nothing',
  async () => {
    const histories = fc.asyncProperty(fc.array(operation, { minLength: 40, maxLength: 80 }), async (operations) => {
      const history = new History();
      await history.open();
      try {
        await history.run(operations as Operation[]);
        await history.settle();
        expect(history.faults).toEqual([]);
      } finally {
        await history.close();
      }
    });
    await fc.assert(histories, {
      numRuns: RUNS,
      endOnFailure: true,
    });
  },
  30_000 + RUNS * 20_000,
);

interface Gateway {
  readonly link: Link;
  readonly views: LiveViews;
}

class History {
  readonly faults: string[] = [];
  #gateways: (Gateway | undefined)[] = [];
  readonly #tabs: { tab: Tab; gateway: Gateway }[] = [];
  #writers: Link[] = [];
  #restarting: Promise<void> = Promise.resolve();
  #replacing: Promise<void> = Promise.resolve();
  #clockBefore = new Map<Tab, number>();

  async open(): Promise<void> {
    await database.owner.queryAll(RESET);
    this.#writers = await Promise.all([1, 2, 3].map(() => opened(database)));
    this.#gateways = await Promise.all([0, 1].map(() => this.#startGateway()));
    for (const index of [0, 1, 0]) this.#openTab(index);
  }

  async run(operations: readonly Operation[]): Promise<void> {
    const rest = [...operations];
    const work = async (writer: Link): Promise<void> => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await this.#do(next, writer);
    };
    await Promise.all(this.#writers.map(work));
  }

  /** Drains every tab and waits until each shows what a fresh query returns. */
  async settle(): Promise<void> {
    for (const { tab } of this.#tabs) tab.drain();
    await vi.waitFor(async () => {
      for (const [index, { table, orderBy, limit }] of PLANS.entries()) {
        const order = [...orderBy, { field: 'id', descending: false }]
          .map(({ field, descending }) => `${field} ${descending ? 'DESC' : 'ASC'}`)
          .join(', ');
        const where = table === 'task' ? 'team.is_open = true' : 'true';
        const fresh = await database.owner.query<unknown[]>(
          `SELECT * FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${limit ?? 1_000}`,
        );
        for (const { tab } of this.#tabs) expect(tab.rowsOf(index + 1)).toEqual(fresh.map((row) => encodeValue(row)));
      }
    }, WAIT);
  }

  async close(): Promise<void> {
    await Promise.all(this.#gateways.map(stopGateway));
    await Promise.all(this.#writers.map((writer) => writer.close()));
  }

  async #do(operation: Operation, writer: Link): Promise<void> {
    try {
      await this.#act(operation, writer);
    } catch (error) {
      // The database does not answer, or another transaction committed first.
      if (!(error instanceof LinkError)) throw error;
    }
  }

  async #act({ kind, ...rest }: Operation, writer: Link): Promise<void> {
    const number = (name: string): number => Number(rest[name] ?? 0);
    switch (kind) {
      case 'move':
        await writer.queryAll(`BEGIN; ${MOVE}; COMMIT`, rest);
        return;
      case 'long':
        await writer.transaction(async (transaction) => {
          await transaction.queryAll(MOVE, { ...rest, amount: 5 });
          // Meanwhile, others write and gateways run rounds.
          for (let moves = 0; moves < number('moves'); moves += 1) {
            await database.owner.query(`UPSERT type::record('team', ${number('from')}) SET held = time::now()`);
          }
          if (rest.commits !== true) throw new LinkError('SPOOKY_LINK_AWAY', 'the test cancels it');
        });
        return;
      case 'team':
        await writer.query('UPDATE type::record("team", $at) SET is_open = $isOpen', rest);
        return;
      case 'task':
        if (rest.isGone === true) await writer.query('DELETE type::record("task", $id)', rest);
        else
          await writer.query(
            'UPSERT type::record("task", $id) SET team = type::record("team", $at), title = <string> rand::int(0, 99)',
            rest,
          );
        return;
      case 'tab':
        this.#openTab(number('gateway'));
        return;
      case 'leave':
        this.#leave(number('tab'), rest.comesBack === true);
        return;
      case 'slow':
        for (const { tab } of this.#some(number('tab'))) tab.unsentBytes = Math.max(tab.unsentBytes, 2_500);
        return;
      case 'drain':
        for (const { tab } of this.#some(number('tab'))) tab.drain();
        return;
      case 'gateway':
        this.#replacing = this.#replacing.then(() => this.#replaceGateway(number('gateway')));
        await this.#replacing;
        return;
      case 'index':
        await database.owner.query(`DEFINE INDEX OVERWRITE clock_n ON clock FIELDS n COMMENT '${number('at')}'`);
        return;
      case 'restart':
        this.#restarting = this.#restarting.then(async () => {
          await database.stop();
          await database.start();
        });
        await this.#restarting;
        return;
      default:
    }
  }

  #some(index: number): { tab: Tab; gateway: Gateway }[] {
    return this.#tabs.slice(index, index + 1);
  }

  async #startGateway(): Promise<Gateway> {
    const link = await opened(database);
    const views = createLiveViews({
      link,
      tokenKey: TOKEN_KEY,
      readSchema: readSimpleSchema,
      compilerOf,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: (details) => this.faults.push(JSON.stringify(details)),
      },
      changeLimits: {
        roundShare: 0.5,
        burstMs: 0,
        takeOverMs: 100,
        fullScanMs: 500,
        schemaPollMs: 200,
        batchKeepMs: 2_000,
      },
      socketLimits: { unsentMaxBytes: 2_000 },
      viewLimits: { proofSample: Number.POSITIVE_INFINITY, lingerMs: 100 },
    });
    // The database may be restarting.
    await vi.waitFor(() => views.start(), WAIT);
    return { link, views };
  }

  /** Its tabs connect to the new gateway, as browsers do. */
  async #replaceGateway(index: number): Promise<void> {
    const old = this.#gateways[index];
    this.#gateways[index] = undefined;
    await stopGateway(old);
    const next = await this.#startGateway();
    this.#gateways[index] = next;
    for (const place of this.#tabs.filter(({ gateway }) => gateway === old)) this.#reconnect(place, next);
  }

  #openTab(index: number): void {
    const gateway = this.#gateways[index];
    if (!gateway || this.#tabs.length >= 6) return;
    this.#tabs.push({ tab: this.#newTab(gateway), gateway });
  }

  #newTab({ views }: Gateway, digests: readonly (string | undefined)[] = []): Tab {
    const tab = createTab({
      reader: READER,
      engine: database.owner,
      onCommit: (shown) => this.#check(shown),
      onFault: (fault) => this.faults.push(fault),
    });
    PLANS.forEach((item, index) => {
      views.subscribe(tab, index + 1, item, digests[index]);
    });
    return tab;
  }

  #leave(index: number, comesBack: boolean): void {
    const [place] = this.#some(index);
    if (!place) return;
    if (comesBack) this.#reconnect(place, place.gateway);
    else {
      place.gateway.views.leave(place.tab);
      this.#tabs.splice(index, 1);
    }
  }

  #reconnect(place: { tab: Tab; gateway: Gateway }, gateway: Gateway): void {
    place.gateway.views.leave(place.tab);
    Object.assign(place, { gateway, tab: this.#newTab(gateway) });
  }

  #check(tab: Tab): void {
    const [clock, purses, chests] = [1, 2, 3].map((id) => tab.rowsOf(id));
    // A tab that has just subscribed, or whose schema has changed, is complete only after its first commit.
    if (!clock || !purses || !chests) return;
    const money = [...purses, ...chests];
    const sum = money.reduce((total, { amount }) => total + Number(amount), 0);
    if (sum !== TOTAL) this.faults.push(`round ${tab.round} shows ${sum} in place of ${TOTAL}`);
    const now = Number(clock[0]?.n);
    const highest = Math.max(...money.map(({ n }) => Number(n)));
    if (now !== highest) this.faults.push(`round ${tab.round} shows the clock at ${now} and rows of ${highest}`);
    const before = this.#clockBefore.get(tab) ?? 0;
    if (now < before) this.faults.push(`round ${tab.round} goes back from ${before} to ${now}`);
    this.#clockBefore.set(tab, now);
    const open = new Set(
      (tab.rowsOf(4) ?? []).filter((team) => team.is_open === true).map(({ id }) => JSON.stringify(id)),
    );
    for (const { team } of tab.rowsOf(5) ?? []) {
      if (!open.has(JSON.stringify(team))) this.faults.push(`round ${tab.round} shows a task of a closed team`);
    }
  }
}

async function opened({ options }: TestDatabase): Promise<Link> {
  const link = createLink({ ...options, waitMs: 10_000 });
  await link.open();
  return link;
}

async function stopGateway(gateway: Gateway | undefined): Promise<void> {
  await gateway?.views.stop();
  await gateway?.link.close();
}
