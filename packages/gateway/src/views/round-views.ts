/*
 * What one round does for the views.
 *
 *   changes ─▶ affected views ─▶ maintained ─▶ publish
 *                     │              │
 *                     └─reset, …─▶ read again (also first reads, deferred and failed views)
 *
 * `show` does the upper row without the database. If anything must be read, the round is repeated with `read`, in a
 * transaction.
 */
import type { Transaction } from '@spookify/surreal-link';
import type { RoundChanges, RoundHandler, RoundResult } from '../changes/round-handler.ts';
import type { RerunReason, ViewMeters } from '../observe/view-meters.ts';
import { type Affected, affectedBy, isReadInRounds } from './affected/affected-views.ts';
import { knownChanges, readChanged } from './affected/read-changed.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { FollowedRecords, RoundRecords } from './maintain/followed-records.ts';
import { type MaintainedViews, maintainAtOnce, maintainViews } from './maintain/maintain-views.ts';
import type { ViewLimits } from './options.ts';
import type { ViewProofs } from './proofs/view-proofs.ts';
import type { DeferredViews } from './reading/deferred-views.ts';
import type { EngineReads } from './reading/engine-reads.ts';
import type { ReadOptions } from './reading/outcome.ts';
import { readViews } from './reading/read-views.ts';
import type { ReadingBudget, RoundBudget } from './reading/reading-budget.ts';
import type { Registry } from './registry.ts';
import type { SchemaPoller } from './schema-poller.ts';
import type { Changes } from './subscriber.ts';
import type { Outcome, View } from './view.ts';

export interface RoundViewsOptions {
  readonly registry: Registry;
  readonly budget: ReadingBudget;
  readonly deferred: DeferredViews;
  readonly delivery: Delivery;
  readonly proofs: ViewProofs;
  readonly engineReads: EngineReads;
  readonly schemaPoller: SchemaPoller;
  readonly followed: FollowedRecords;
  /** Views that failed because of a failed proof or a new schema, and whose error no round has sent yet. */
  readonly closed: Map<View, Outcome>;
  readonly reading: ReadOptions;
  readonly limits: ViewLimits;
  readonly now: () => number;
  readonly meters: ViewMeters | undefined;
  /** Compiles the views again if the schema has changed. */
  readonly refreshSchema: (transaction: Transaction, round: number) => Promise<void>;
  readonly removeView: (view: View) => void;
  /** Lets the engine count the rows of a view that has too many. Returns false if the view must fail instead. */
  readonly countInEngine: (view: View) => boolean;
  readonly onChanges: (changes: Changes) => void;
  readonly onPublished: () => void;
}

/** What a round has read, until it is published. */
interface RoundReads {
  readonly changes: RoundChanges;
  readonly isReset: boolean;
  readonly records: RoundRecords;
  readonly maintained: MaintainedViews;
  /** The views to read again, and those that were read. */
  readonly reruns: ReadonlyMap<View, RerunReason>;
  readonly due: readonly View[];
  readonly read: ReadonlyMap<View, Outcome>;
  readonly readFirst: ReadonlyMap<View, Outcome>;
  /** The count of schema changes that the round handles. */
  readonly seen: number;
}

const NOTHING: ReadonlyMap<View, Outcome> = new Map();

export class RoundViews implements RoundHandler {
  readonly #options: RoundViewsOptions;

  constructor(options: RoundViewsOptions) {
    this.#options = options;
  }

  /** Whether the round has to read views or a schema, whatever has changed. */
  mustRead(round: number): boolean {
    const { registry, schemaPoller, deferred, engineReads, closed, now } = this.#options;
    if (schemaPoller.isPending || closed.size > 0 || engineReads.fresh.size > 0) return true;
    for (const _ of deferred.views) return true;
    for (const { retryAt = 0 } of registry.failing) if (retryAt <= now()) return true;
    return deferred.firstReads(round).size > 0;
  }

  show(changes: RoundChanges): RoundResult | undefined {
    const { registry, schemaPoller, followed, budget, reading } = this.#options;
    if (changes.ids === 'reset' || this.mustRead(changes.round)) return undefined;
    const known = knownChanges(changes, registry);
    if (known === undefined) return undefined;
    const records = followed.forRound(changes);
    const affected = affectedBy(known, changes.ids, registry, records);
    const turn = budget.forRound();
    const reruns = this.#separate(affected, turn);
    if (reruns.size > 0) return undefined;
    const maintained = maintainAtOnce(affected.changed, { ...reading, budget: turn, records });
    if (maintained === undefined) return undefined;
    const { seen } = schemaPoller;
    const isReset = false;
    return this.#resultOf({
      ...{ changes, isReset, records, maintained, reruns, due: [], read: NOTHING, readFirst: NOTHING, seen },
    });
  }

  async read(transaction: Transaction, changes: RoundChanges): Promise<RoundResult> {
    const { registry, schemaPoller, followed, budget, deferred, limits, now, reading, refreshSchema } = this.#options;
    const { round, ids } = changes;
    const { seen } = schemaPoller;
    const isReset = ids === 'reset' || schemaPoller.isPending;
    if (isReset) {
      followed.clear();
      await refreshSchema(transaction, round);
    }
    const records = followed.forRound(changes);
    const affected: Affected =
      ids === 'reset' || isReset
        ? { changed: new Map(), reruns: new Map([...registry.views].map((view) => [view, 'reset'])) }
        : affectedBy(await readChanged(transaction, changes, registry), ids, registry, records);
    const startedAt = now();
    for (const view of registry.failing) if ((view.retryAt ?? 0) <= startedAt) affected.reruns.set(view, 'failed');
    for (const view of deferred.views) affected.reruns.set(view, 'deferred');
    const turn = budget.forRound();
    // Each counts from its own beginning: under lasting load, new views would otherwise never have their turn.
    const turns = (ms: number, since = now()) => ({ budget: turn, isTimeUp: () => now() - since > ms });
    const reruns = this.#separate(affected, turn);
    const maintained = await maintainViews(transaction, affected.changed, { ...reading, budget: turn, records });
    for (const [view, limit] of maintained.limits) reruns.set(view, limit);
    // Everyone may have left a view while the round waited for the database.
    this.#removeUnused(reruns.keys());
    const due = [...reruns.keys()].filter((view) => isReadInRounds(view) && view.status.kind !== 'new');
    const first = [...deferred.firstReads(round)];
    const read = await readViews(transaction, due, reading, turns(limits.roundMs));
    const readFirst = await readViews(transaction, first, reading, turns(limits.firstReadsMs));
    return this.#resultOf({ changes, isReset, records, maintained, reruns, due, read, readFirst, seen });
  }

  /**
   * Removes views without subscriptions, and separates the views that cannot be maintained.
   *
   * @returns the views to read again
   */
  #separate({ changed, reruns }: Affected, turn: RoundBudget): Map<View, RerunReason> {
    this.#removeUnused([...changed.keys(), ...reruns.keys()]);
    for (const view of changed.keys()) {
      if (isReadInRounds(view) && !reruns.has(view) && turn.mayRead(view)) continue;
      changed.delete(view);
      if (isReadInRounds(view) && !reruns.has(view)) reruns.set(view, 'deferred');
    }
    return reruns;
  }

  /** Removes those views that nobody uses, whose state would be out of date for the next subscription. */
  #removeUnused(views: Iterable<View>): void {
    for (const view of views) if (view.subscriptions.size === 0) this.#options.removeView(view);
  }

  #resultOf(reads: RoundReads): RoundResult {
    const { engineReads, closed } = this.#options;
    const { records, maintained, read, readFirst } = reads;
    const { fresh } = engineReads;
    const outcomes = new Map([...maintained.outcomes, ...read, ...readFirst, ...fresh, ...closed]);
    return {
      mustCommit: records.mustCommit || maintained.outcomes.size + read.size + readFirst.size + fresh.size > 0,
      publish: () => this.#publish(reads, outcomes, fresh),
    };
  }

  #publish(reads: RoundReads, outcomes: ReadonlyMap<View, Outcome>, fresh: ReadonlyMap<View, Outcome>): void {
    const { delivery, proofs, engineReads, schemaPoller, closed, onChanges, onPublished } = this.#options;
    const { isReset, records, seen } = reads;
    const { round, position, ids, isWhole } = reads.changes;
    this.#count(reads, fresh);
    this.#defer(reads);
    records.publish();
    schemaPoller.handled(seen);
    // Before anything is sent, so that sockets whose session has ended get nothing of this round.
    if (isReset || ids.length > 0) onChanges(isReset ? 'reset' : ids);
    const answered = delivery.publish(round, position, this.#withoutLargeCounts(outcomes));
    engineReads.published(fresh);
    for (const [view, outcome] of outcomes) if (closed.get(view) === outcome) closed.delete(view);
    proofs.published(round, isWhole);
    for (const subscription of answered) proofs.answered(subscription);
    onPublished();
  }

  /** A count of too many rows is not an error. Until the engine has counted them, the view stays as it is. */
  #withoutLargeCounts(outcomes: ReadonlyMap<View, Outcome>): ReadonlyMap<View, Outcome> {
    const isLarge = (view: View, outcome: Outcome): boolean =>
      view.compiled.total !== undefined &&
      outcome.kind === 'failed' &&
      outcome.error.code === 'SPOOKY_GATEWAY_TOO_MANY_ROWS' &&
      this.#options.registry.has(view) &&
      this.#options.countInEngine(view);
    return new Map([...outcomes].filter(([view, outcome]) => !isLarge(view, outcome)));
  }

  #defer({ due, read }: RoundReads): void {
    const { registry, deferred } = this.#options;
    for (const view of due) {
      if (!read.has(view) && registry.has(view)) deferred.add(view);
      else deferred.remove(view);
    }
  }

  #count({ isReset, due, read, readFirst, reruns, maintained }: RoundReads, fresh: ReadonlyMap<View, Outcome>): void {
    const { meters, registry } = this.#options;
    if (meters === undefined) return;
    if (isReset) meters.reset();
    for (const view of due) {
      if (read.has(view)) meters.rerun(reruns.get(view) ?? 'reset');
      else if (registry.has(view)) meters.deferred();
    }
    for (const _ of maintained.outcomes) meters.patched();
    for (const _ of readFirst) meters.firstRead();
    for (const [{ status }] of fresh) {
      if (status.kind === 'new') meters.firstRead();
      else meters.rerun('engine');
    }
  }
}
