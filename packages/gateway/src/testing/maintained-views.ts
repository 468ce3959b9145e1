/*
 * Views of a random application that are maintained as rounds do it, without sockets and without rounds. After each write,
 * every view is compared with its plan's statement, which runs again in the same snapshot.
 *
 *   write ─▶ changed rows ─▶ affected views ─▶ maintained, or read again ─▶ applied, sent to a tab ─▶ compared
 */
import type { Link, Queries, Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { CompiledPlan } from '../plans/plan.ts';
import { affectedBy } from '../views/affected/affected-views.ts';
import { knownChanges, readChanged } from '../views/affected/read-changed.ts';
import { FollowedRecords } from '../views/maintain/followed-records.ts';
import { type MaintainedViews, maintainAtOnce, maintainViews } from '../views/maintain/maintain-views.ts';
import { stateOf } from '../views/maintain/state-of.ts';
import { readViews } from '../views/reading/read-views.ts';
import { runStatements } from '../views/reading/run-statements.ts';
import { Registry } from '../views/registry.ts';
import { rowEncoder } from '../views/row.ts';
import { digestOfState } from '../views/state.ts';
import { applyOutcome, type Outcome, snapshotOf, type View } from '../views/view.ts';
import { ROWS_MAX } from '../wire/limits.ts';
import { TOKEN_KEY } from './database.ts';
import { differenceOf } from './state-difference.ts';
import { createTab, type Tab } from './tab.ts';

const encodeRow = rowEncoder(TOKEN_KEY);
const budget = { mayRead: () => true, charge: () => undefined };
const turns = { budget, isTimeUp: () => false };

/** How often views were affected, and what became of them. */
export class Tally {
  compared = 0;
  patched = 0;
  unchanged = 0;
  /** Of all, those for which the engine was asked. */
  asked = 0;
  /** By reason. */
  readonly reruns = new Map<string, number>();

  get affected(): number {
    return this.patched + this.unchanged + this.rerun;
  }

  get rerun(): number {
    return [...this.reruns.values()].reduce((sum, count) => sum + count, 0);
  }

  countRerun(reason: string): void {
    this.reruns.set(reason, (this.reruns.get(reason) ?? 0) + 1);
  }
}

export class MaintainedApplication {
  readonly #service: Link;
  readonly #tally: Tally;
  readonly #registry = new Registry();
  readonly #followed = new FollowedRecords();
  readonly #tabs = new Map<string, Tab>();
  readonly #asked = new Set<View>();
  readonly #reading = { encodeRow, rowsMax: ROWS_MAX, logger: { info: () => undefined, warn: () => undefined } };
  #round = 0;

  /** @param engine the tabs' engine sessions, which are not used */
  constructor(service: Link, engine: Queries, readers: readonly RecordId[], tally: Tally) {
    this.#service = service;
    this.#tally = tally;
    for (const reader of readers) this.#tabs.set(String(reader), createTab({ reader, engine }));
  }

  get size(): number {
    return this.#registry.size.views;
  }

  /** Adds a view that is read by the next call of `readNew`. */
  add(compiled: CompiledPlan, reader: RecordId): void {
    const tab = this.#tabs.get(String(reader));
    if (tab === undefined) throw new RangeError(`${reader} has no tab.`);
    const view: View = this.#registry.viewOf(compiled, tab);
    const { rows } = view.compiled;
    view.compiled = {
      ...view.compiled,
      rows: (...question) => {
        this.#asked.add(view);
        return rows(...question);
      },
    };
    this.#registry.attach(this.#registry.enter(tab), view, compiled.plan, 0, undefined);
    this.#followed.watch(compiled.nodes);
    tab.send(JSON.stringify({ type: 'subscribed', id: view.number, view: view.number }));
    // Another reader may have the view already.
    const text = snapshotOf(view);
    if (text === undefined) return;
    const frames = { round: this.#round, position: 0 };
    for (const frame of [
      JSON.stringify({ type: 'begin', ...frames }),
      text,
      JSON.stringify({ type: 'commit', ...frames }),
    ])
      tab.send(frame);
  }

  /** Removes the view that was added first, as when nobody uses it any more. */
  removeFirst(): void {
    for (const view of this.#registry.views) {
      for (const subscription of [...view.subscriptions]) this.#registry.detach(subscription, 0);
      this.#registry.remove(view);
      return;
    }
  }

  async readNew(): Promise<void> {
    const views = [...this.#registry.views].filter(({ status }) => status.kind === 'new');
    await this.#service.transaction(async (transaction) => {
      this.#publish(await readViews(transaction, views, this.#reading, turns));
    });
  }

  /**
   * Brings the views up to date after a transaction that wrote these rows, and compares all of them.
   *
   * @param isRead whether the rows are read with the inbox, as in a round with few changes
   * @returns the first difference
   */
  async changed(ids: readonly RecordId[], isRead: boolean): Promise<string | undefined> {
    const outcomes = new Map<View, Outcome>();
    return this.#service.transaction(async (transaction) => {
      const { maintained, reruns, publish } = await this.#maintain(transaction, ids, isRead);
      for (const [view, limit] of maintained.limits) reruns.set(view, limit);
      for (const [view, outcome] of maintained.outcomes) outcomes.set(view, outcome);
      const read = await readViews(transaction, [...reruns.keys()], this.#reading, turns);
      this.#publish(new Map([...outcomes, ...read]));
      publish();
      for (const reason of reruns.values()) this.#tally.countRerun(reason);
      this.#tally.patched += outcomes.size;
      this.#tally.asked += this.#asked.size;
      this.#asked.clear();
      return await this.#compareAll(transaction);
    });
  }

  async #maintain(transaction: Transaction, ids: readonly RecordId[], isRead: boolean) {
    const rows = isRead ? await rowsOf(transaction, ids) : new Map<string, never>();
    const changes = { round: this.#round, position: 0, ids, isWhole: true, hasLate: false, rows };
    const known = knownChanges(changes, this.#registry);
    if (known !== undefined) {
      const records = this.#followed.forRound();
      const { changed, reruns } = affectedBy(known, ids, this.#registry, records);
      const options = { ...this.#reading, budget, records };
      const maintained = reruns.size > 0 ? undefined : maintainAtOnce(changed, options);
      if (maintained !== undefined) return this.#counted(changed.size, maintained, reruns, records.publish);
    }
    const records = this.#followed.forRound();
    const affected = affectedBy(await readChanged(transaction, changes, this.#registry), ids, this.#registry, records);
    const { changed, reruns } = affected;
    for (const view of reruns.keys()) changed.delete(view);
    const maintained = await maintainViews(transaction, changed, { ...this.#reading, budget, records });
    return this.#counted(changed.size, maintained, reruns, records.publish);
  }

  #counted(changed: number, maintained: MaintainedViews, reruns: Map<View, string>, publish: () => void) {
    this.#tally.unchanged += changed - maintained.outcomes.size - maintained.limits.size;
    return { maintained, reruns, publish };
  }

  #publish(outcomes: ReadonlyMap<View, Outcome>): void {
    this.#round += 1;
    const frames = { round: this.#round, position: 0 };
    for (const tab of this.#tabs.values()) tab.send(JSON.stringify({ type: 'begin', ...frames }));
    for (const [view, outcome] of outcomes) {
      const text = applyOutcome(view, outcome);
      if (outcome.kind !== 'patched' || outcome.patch.isOtherRows) this.#registry.reindex(view);
      if (text !== undefined) for (const { socket } of view.subscriptions) socket.subscriber.send(text);
    }
    for (const tab of this.#tabs.values()) tab.send(JSON.stringify({ type: 'commit', ...frames }));
  }

  async #compareAll(transaction: Transaction): Promise<string | undefined> {
    const views = [...this.#registry.views];
    const results = await runStatements(
      transaction,
      views.map((view) => (prefix) => view.compiled.statement(prefix)),
    );
    for (const [index, view] of views.entries()) {
      const result = results[index];
      if (result?.status !== 'fulfilled') return `${result?.reason}\n${textOf(view)}`;
      const fault = this.#compare(view, result.value);
      if (fault !== undefined) return `${fault}\n${textOf(view)}`;
      this.#tally.compared += 1;
    }
    return undefined;
  }

  #compare(view: View, result: unknown): string | undefined {
    const { compiled, status, number, subscriptions } = view;
    if (status.kind !== 'shown') return `the view is ${status.kind}`;
    const expected = stateOf(compiled.nodes, result, encodeRow);
    const difference = differenceOf(compiled.nodes, status.state, expected, encodeRow);
    if (difference !== undefined) return difference;
    const digest = digestOfState(compiled.nodes, expected);
    const parents = compiled.nodes.map(({ parent }) => parent);
    for (const tab of this.#tabs.values()) {
      const isSubscribed = [...subscriptions].some(({ socket }) => socket.subscriber === tab);
      if (isSubscribed && tab.digestOf(number, parents) !== digest) return 'a tab shows something else';
    }
    return undefined;
  }
}

function textOf({ compiled, subscriptions }: View): string {
  const readers = [...subscriptions].map(({ socket }) => socket.reader);
  return `${readers} reads ${compiled.statement('v').text} ${JSON.stringify(compiled.plan)}`;
}

async function rowsOf(transaction: Transaction, ids: readonly RecordId[]) {
  const rows = await transaction.query<{ readonly id: RecordId }[]>('SELECT * FROM $ids', { ids });
  const found = new Map(rows.map((row) => [String(row.id), { ...row }]));
  return new Map(ids.map((id) => [String(id), found.get(String(id))]));
}
