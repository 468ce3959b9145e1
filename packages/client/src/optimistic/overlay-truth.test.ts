/*
 * Random views, and random writes that are shown before they are made. What the overlay shows must be what the gateway
 * shows after the writes were made.
 */
import { inspect } from 'node:util';
import { encodeValue, type ServerFrame, type WirePlan } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../../gateway/src/testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../../../gateway/src/testing/random.ts';
import { openSchema, randomPlan, TABLES } from '../../../gateway/src/testing/random-application.ts';
import { startTestGateway, type TestGateway } from '../../../gateway/src/testing/test-gateway.ts';
import type { TestSocket } from '../../../gateway/src/testing/test-socket.ts';
import { nodesOf, type PlanNode } from '../live/plan-nodes.ts';
import { ViewStore } from '../live/view-store.ts';
import { RandomRecords } from '../testing/random-writes.ts';
import { knownRows } from './known-rows.ts';
import { Overlay } from './overlay.ts';
import { type LocalWrite, pendingRecords } from './pending-records.ts';

const ACCESS = `DEFINE ACCESS account ON DATABASE TYPE RECORD
  SIGNUP { RETURN CREATE ONLY person SET name = $name } SIGNIN { RETURN NONE } DURATION FOR TOKEN 15m, FOR SESSION 12h;`;

let database: TestDatabase;
let gateway: TestGateway;
beforeAll(async () => {
  database = await startTestDatabase(openSchema() + ACCESS);
  gateway = await startTestGateway({ database });
});
afterAll(async () => {
  await gateway.close();
  await database.close();
});

/** A socket with subscriptions, whose frames are applied up to a commit that the caller waits for. */
class Page {
  readonly #socket: TestSocket;
  /** By plan. Plans that the gateway refuses are left out, and those that share a view with an earlier one. */
  readonly stores = new Map<WirePlan, ViewStore>();
  readonly #views = new Map<number, ViewStore>();
  #applied = 0;

  private constructor(socket: TestSocket) {
    this.#socket = socket;
  }

  static async open(plans: readonly WirePlan[]): Promise<Page> {
    const { token } = await gateway.signUpProgram('ada');
    const socket = await gateway.connect({ token });
    const page = new Page(socket);
    for (const [id, plan] of plans.entries()) socket.send({ type: 'subscribe', id, plan });
    for (const [id, plan] of plans.entries()) await page.#attach(id, plan);
    page.#apply(socket.frames.slice(0, socket.frames.findLastIndex(({ type }) => type === 'commit') + 1));
    return page;
  }

  async #attach(id: number, plan: WirePlan): Promise<void> {
    const accepted = this.#socket.frame('subscribed', (frame) => frame.id === id);
    const refused = this.#socket.frame('rejected', (frame) => frame.id === id).then(() => undefined);
    refused.catch(() => undefined);
    accepted.catch(() => undefined);
    const view = (await Promise.race([accepted, refused]))?.view;
    if (view === undefined || this.#views.has(view)) return;
    const snapshot = await this.#socket.frame('snapshot', (frame) => frame.view === view);
    const { frames } = this.#socket;
    await this.#socket.frame('commit', (frame) => frames.indexOf(frame) > frames.indexOf(snapshot));
    const store = new ViewStore(plan);
    this.stores.set(plan, store);
    this.#views.set(view, store);
  }

  /** Makes the writes, and applies the state that has them. */
  async make(writes: readonly LocalWrite[]): Promise<void> {
    let round = 0;
    for (const { kind, id, fields } of writes) {
      const values = Object.fromEntries([...fields].map(([name, value]) => [name, encodeValue(value)]));
      const answer = await this.#socket.write({
        kind,
        id: encodeValue(id),
        ...(kind === 'delete' ? {} : { fields: values }),
      });
      if (answer.type === 'refused') throw new Error(`${kind} ${id}: ${answer.error.message}`);
      round = answer.visibleIn;
    }
    const commit = await this.#socket.frame('commit', (frame) => frame.round >= round);
    this.#apply(this.#socket.frames.slice(0, this.#socket.frames.indexOf(commit) + 1));
  }

  #apply(frames: readonly ServerFrame[]): void {
    for (const frame of frames.slice(this.#applied)) {
      if (frame.type === 'snapshot') this.#views.get(frame.view)?.replace(frame);
      if (frame.type === 'delta') this.#views.get(frame.view)?.apply(frame);
      if (frame.type === 'failed') throw new Error(frame.error.message);
    }
    this.#applied = Math.max(this.#applied, frames.length);
  }

  close(): void {
    this.#socket.close();
  }
}

type Row = Readonly<Record<string, unknown>> & { readonly id: RecordId };

const rowsOf = (shown: unknown): readonly Row[] =>
  Array.isArray(shown) ? shown : shown === null ? [] : [shown as Row];
const keysOf = (shown: unknown): string[] => rowsOf(shown).map(({ id }) => String(id));

/** Whether the view has every field that decides the place of a row. */
function isOrdered({ select, orderBy = [], related = [] }: WirePlan): boolean {
  return select === undefined && orderBy.every(({ field }) => related.every(({ name }) => name !== field));
}

/** Whether the view has every row, and every field that decides the place of one. */
function isExact(plan: WirePlan): boolean {
  const { limit, offset, single = false, related = [] } = plan;
  const isWhole = limit === undefined && offset === undefined && !single;
  return isWhole && isOrdered(plan) && related.every((inner) => isExact(inner.plan));
}

function isOrderedBelow(plan: WirePlan): boolean {
  return isOrdered(plan) && (plan.related ?? []).every((inner) => isOrderedBelow(inner.plan));
}

/** A view before the writes are made. */
interface Before {
  readonly result: unknown;
  /** The keys of the rows by node. */
  readonly keys: readonly ReadonlySet<string>[];
}

/** Throws if a result is not what the gateway shows after the writes. */
function compare(plan: WirePlan, mine: unknown, truth: unknown, base: Before, writes: readonly LocalWrite[]): void {
  // With an offset, several writes may move rows into the window that no client can know.
  if (writes.length > 1 && JSON.stringify(plan).includes('"offset"')) return;
  const pending = pendingRecords(writes);
  const isNew = (node: PlanNode, key: string): boolean =>
    pending.get(node.plan.table)?.get(key)?.change.kind === 'created';
  const visit = (node: PlanNode, left: unknown, right: unknown, before: unknown, exact: boolean): void => {
    if (exact) expect(keysOf(left)).toEqual(keysOf(right));
    else compareWindows(node, keysOf(left), keysOf(right), keysOf(before));
    const real = new Map(rowsOf(right).map((row) => [String(row.id), row]));
    const earlier = new Map(rowsOf(before).map((row) => [String(row.id), row]));
    for (const row of rowsOf(left)) {
      const key = String(row.id);
      const other = real.get(key);
      if (other === undefined) continue;
      const names = node.children.map(({ name }) => name);
      const own = ([name]: [string, unknown]): boolean => !names.includes(name);
      expect(encodeValue(Object.fromEntries(Object.entries(row).filter(own)))).toEqual(
        encodeValue(Object.fromEntries(Object.entries(other).filter(own))),
      );
      // The rows that belong to a row which was not in this view are not known.
      const isRead = base.keys[node.index]?.has(key) === true || isNew(node, key);
      for (const child of node.children) {
        if (isRead || !child.many)
          visit(child, row[child.name], other[child.name], earlier.get(key)?.[child.name] ?? null, exact);
      }
    }
  };
  const [root] = nodesOf(plan);
  if (root !== undefined) visit(root, mine, truth, base.result, isExact(plan));
}

function compareWindows(
  node: PlanNode,
  mine: readonly string[],
  truth: readonly string[],
  before: readonly string[],
): void {
  if (!node.many || !isOrdered(node.plan)) return;
  const common = mine.filter((key) => truth.includes(key));
  expect(common).toEqual(truth.filter((key) => mine.includes(key)));
  expect(mine.length).toBeLessThanOrEqual(node.plan.limit ?? Number.POSITIVE_INFINITY);
  expect(mine).toEqual(expect.arrayContaining(before.filter((key) => truth.includes(key))));
}

/** Rows with the same content as in the view, or else as before, are the same objects. */
function compareIdentity(now: unknown, base: unknown, before: unknown): void {
  const textOf = (row: Row): string => JSON.stringify(encodeValue(row));
  const [inBase, earlier] = [base, before].map((shown) => new Map(rowsOf(shown).map((row) => [textOf(row), row])));
  for (const row of rowsOf(now)) {
    const same = inBase?.get(textOf(row)) ?? earlier?.get(textOf(row));
    if (same !== undefined) expect(row).toBe(same);
  }
}

function randomPlans(random: Random): readonly WirePlan[] {
  const whole = random.list(40, () => wholeOf(randomPlan(random)));
  const windows = random.list(20, () => ({
    ...randomPlan(random),
    limit: 1 + random.below(4),
    offset: random.below(3),
  }));
  const others = random.list(20, () => randomPlan(random));
  // The first ones make every record known. Conditions on NaN are left to the database.
  const plans = [...TABLES.map((table) => ({ table })), ...whole, ...windows, ...others];
  return plans.filter((plan) => !JSON.stringify(plan).includes('NaN'));
}

function wholeOf({ limit, offset, single, select, related = [], ...plan }: WirePlan): WirePlan {
  return { ...plan, related: related.map((inner) => ({ ...inner, plan: wholeOf(inner.plan) })) };
}

const { runs, seed } = fuzzSettings(4);

describe('an overlay', () => {
  it(`shows what the gateway shows after the writes (seed ${seed})`, { timeout: 120_000 + runs * 5_000 }, async () => {
    const random = seededRandom(seed);
    const records = new RandomRecords(random);
    let compared = 0;
    for (let run = 0; run < runs; run += 1) {
      const page = await Page.open(randomPlans(random));
      const overlays = new Map([...page.stores.keys()].map((plan) => [plan, new Overlay(plan)]));
      if (run === 0) await page.make(records.first());
      for (let step = 0; step < 12; step += 1) {
        const writes = [records.write(), ...(step % 2 === 0 ? [] : random.list(3, () => records.write()))];
        const shown = [...page.stores].map(([plan, store]) => {
          const result = resultOf(overlays.get(plan), store, writes, page.stores.values());
          const keys = store.nodes.map(({ rows }) => new Set(rows.keys()));
          return { plan, store, result, before: { result: store.result, keys } };
        });
        await page.make(writes);
        for (const { plan, store, result, before } of shown) {
          try {
            compare(plan, result, store.result, before, writes);
            // Writes that the gateway has shown already change nothing.
            const again = resultOf(overlays.get(plan), store, writes, page.stores.values());
            if (isOrderedBelow(plan)) expect(again).toBe(store.result);
          } catch (error) {
            const parts = { plan, writes, before: before.result, shown: result, truth: store.result };
            throw new Error(inspect(parts, { depth: 12 }), { cause: error });
          }
          compared += 1;
        }
      }
      page.close();
    }
    expect(compared).toBeGreaterThan(runs * 100);
  });
});

/** Shows the writes one after the other, and checks after each what has kept its identity. */
function resultOf(
  overlay: Overlay | undefined,
  store: ViewStore,
  writes: readonly LocalWrite[],
  stores: Iterable<ViewStore>,
): unknown {
  const known = knownRows([...stores]);
  let shown = store.result;
  for (const at of writes.keys()) {
    const pending = pendingRecords(writes.slice(0, at + 1));
    const next = overlay?.result(store, pending, known);
    compareIdentity(next, store.result, shown);
    expect(overlay?.result(store, pending, known)).toBe(next);
    shown = next;
  }
  return shown;
}
