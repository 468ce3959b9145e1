/*
 * Live views connect the subscriptions of sockets with rounds.
 *
 *   subscribe ─▶ registry ─▶ round: which views are affected? read them in its transaction ─▶ commit ─▶ delivery ─▶ sockets
 */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { realClock } from '../changes/clock.ts';
import type { Rounds } from '../changes/options.ts';
import { createRounds } from '../changes/rounds.ts';
import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { CompiledPlan, Plan } from '../plans/plan.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import { ROWS_MAX } from '../wire/limits.ts';
import { Delivery, tooMuchOfReader } from './delivery/delivery.ts';
import { textOf } from './delivery/diff.ts';
import { FollowedRecords } from './maintain/followed-records.ts';
import type { LiveViewsOptions } from './options.ts';
import { ViewProofs } from './proofs/view-proofs.ts';
import { DeferredViews } from './reading/deferred-views.ts';
import { EngineReads } from './reading/engine-reads.ts';
import { ReadingBudget } from './reading/reading-budget.ts';
import { bodyOf, recompile } from './recompile.ts';
import { Registry } from './registry.ts';
import { RoundViews } from './round-views.ts';
import { rowEncoder } from './row.ts';
import { SchemaPoller } from './schema-poller.ts';
import type { Changes, LiveViews, LiveViewsStats, Subscriber } from './subscriber.ts';
import { announce, announceToAll, isOfEngine, type Outcome, type View } from './view.ts';

const SWEEP_MS = 250;

export function createLiveViews(options: LiveViewsOptions): LiveViews {
  const { link, logger, meters, clock = realClock, random = Math.random } = options;
  const { readSchema = readDatabaseSchema, compilerOf = createCompiler } = options;
  const limits = { ...LIMITS.views, ...options.viewLimits };
  const changeLimits = { ...LIMITS.changes, ...options.changeLimits };
  const encodeRow = rowEncoder(options.tokenKey);
  const reading = { encodeRow, logger, rowsMax: options.rowsMax ?? ROWS_MAX };
  const registry = new Registry();
  const followed = new FollowedRecords();
  const now = (): number => clock.now();
  const budget = new ReadingBudget(limits, now, () => registry.readers);
  const deferred = new DeferredViews(registry, budget);
  const socketLimits = { ...LIMITS.socket, ...options.socketLimits };
  const delivery = new Delivery(registry, deferred, { ...socketLimits, ...limits }, now, makeRoom);
  const listeners = new Set<(changes: Changes) => void>();
  const stopping = new AbortController();
  const rounds: Rounds = createRounds({
    link,
    id: randomUUID(),
    handler: {
      mustRead: (round) => roundViews.mustRead(round),
      show: (changes) => roundViews.show(changes),
      read: (transaction, changes) => roundViews.read(transaction, changes),
    },
    limits: changeLimits,
    clock,
    random,
    logger,
    meters,
  });
  const engineReads = new EngineReads({
    ...reading,
    engineMs: limits.engineMs,
    clock,
    onFresh: () => rounds.wake(),
  });
  const schemaPoller = new SchemaPoller({
    link,
    readSchema,
    compilerOf,
    onSchema: (schema) => options.onSchema?.(schema),
    onPending: () => rounds.wake(),
    pollMs: changeLimits.schemaPollMs,
    clock,
  });
  /** Views that failed because of a failed proof or a new schema, and whose error no round has sent yet. */
  const closed = new Map<View, Outcome>();
  const proofs = new ViewProofs({
    rounds: () => rounds,
    usedSchema: () => schemaPoller.hash,
    readSchema: async () => (await readSchema(link)).hash,
    encodeRow,
    random,
    sample: limits.proofSample,
    logger,
    onMismatch(view) {
      view.isBroken = true;
      closed.set(view, { kind: 'failed', error: MISMATCH });
      rounds.wake();
    },
  });
  const roundViews = new RoundViews({
    registry,
    budget,
    deferred,
    delivery,
    proofs,
    engineReads,
    schemaPoller,
    followed,
    closed,
    reading,
    limits,
    now,
    meters,
    refreshSchema,
    removeView,
    countInEngine,
    onChanges: notifyListeners,
    onPublished: wakeForDeferred,
  });
  let sweeper: NodeJS.Timeout | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  /** Starts another round for views that this one had no time for, unless their readers have spent their budgets. */
  function wakeForDeferred(): void {
    if (deferred.isWorthRound(rounds.next())) rounds.wake();
  }

  async function refreshSchema(transaction: Transaction, round: number): Promise<void> {
    const compile = await schemaPoller.refresh(transaction);
    if (compile === undefined) return;
    for (const [view, outcome] of recompile(registry, compile, round, now())) closed.set(view, outcome);
    for (const view of registry.views) {
      followed.watch(view.compiled.nodes);
      if (isOfEngine(view)) engineReads.add(view);
      else engineReads.remove(view);
    }
  }

  /** Why the engine cannot read one more view of a reader; undefined if it can. */
  function engineLimit(reader: RecordId): WireErrorBody | undefined {
    if (engineReads.size >= limits.engineMax) return tooManyOfEngine(limits.engineMax);
    const isFull = engineReads.countOf(reader) >= limits.engineMaxPerReader;
    return isFull ? tooManyOfEngine(limits.engineMaxPerReader) : undefined;
  }

  function countInEngine(view: View): boolean {
    const { total } = view.compiled;
    const [subscription] = view.subscriptions;
    engineReads.remove(view);
    if (!total || !subscription || engineLimit(subscription.socket.subscriber.reader)) return false;
    registry.replace(view, total);
    announceToAll(view);
    registry.failing.delete(view);
    deferred.remove(view);
    engineReads.add(view);
    return true;
  }

  function notifyListeners(changes: Changes): void {
    engineReads.requestAll();
    for (const listener of listeners) {
      try {
        listener(changes);
      } catch (err) {
        logger.error({ err }, 'a listener for changes failed');
      }
    }
  }

  function removeView(view: View): void {
    engineReads.remove(view);
    deferred.remove(view);
    registry.remove(view);
  }

  /** Whether the reader's byte limit allows the view as it is now. */
  function hasRoom(view: View, reader: string): boolean {
    const fits = (): boolean => {
      const cost = registry.costOf(view, reader);
      return cost === 0 || registry.bytesOf(reader) + cost <= limits.maxBytesPerReader;
    };
    if (!fits()) makeRoom(reader);
    return fits();
  }

  function makeRoom(reader?: string): void {
    for (const view of registry.views) {
      const isLeft = view.subscriptions.size === 0 && (reader === undefined || view.lastReader === reader);
      if (isLeft) removeView(view);
    }
  }

  function sweep(): void {
    delivery.sweep();
    budget.sweep();
    wakeForDeferred();
    if (delivery.hasOverdueRound) rounds.wake();
    for (const { retryAt = 0 } of registry.failing) if (retryAt <= now()) rounds.wake();
    for (const view of registry.views) {
      if (view.unusedSince === undefined) continue;
      if (isOfEngine(view) || now() - view.unusedSince >= limits.lingerMs) removeView(view);
    }
  }

  function subscribe(subscriber: Subscriber, id: number, plan: Plan, digest?: string): void {
    const reject = (error: WireErrorBody): void => subscriber.send(textOf({ type: 'rejected', id, error }));
    const { compile } = schemaPoller;
    if (compile === undefined || stopping.signal.aborted) {
      reject(NOT_STARTED);
      return;
    }
    let compiled: CompiledPlan;
    try {
      compiled = compile(plan, subscriber.reader);
    } catch (error) {
      if (!(error instanceof GatewayError)) logger.error({ err: error }, 'a plan could not be compiled');
      reject(bodyOf(error));
      return;
    }
    unsubscribe(subscriber, id);
    followed.watch(compiled.nodes);
    const view = registry.viewOf(compiled, subscriber);
    if (isOfEngine(view) && !engineReads.has(view)) {
      const error = engineLimit(subscriber.reader);
      if (error) {
        registry.remove(view);
        reject(error);
        return;
      }
    }
    const socket = registry.enter(subscriber);
    if (!hasRoom(view, socket.reader)) {
      reject(tooMuchOfReader(limits.maxBytesPerReader));
      return;
    }
    const subscription = registry.attach(socket, view, plan, rounds.next(), digest);
    subscription.ids.add(id);
    socket.byId.set(id, subscription);
    announce(view, socket, [id]);
    if (isOfEngine(view)) engineReads.add(view);
    if (subscription.waitingFor !== undefined) rounds.wake();
  }

  function unsubscribe(subscriber: Subscriber, id: number): void {
    const socket = registry.socketOf(subscriber);
    const subscription = socket?.byId.get(id);
    if (!socket || !subscription) return;
    socket.byId.delete(id);
    subscription.ids.delete(id);
    if (subscription.ids.size > 0) return;
    registry.detach(subscription, now());
    delivery.detached(socket);
  }

  return {
    start() {
      started ??= (async () => {
        await schemaPoller.open();
        if (stopping.signal.aborted) return;
        sweeper = setInterval(sweep, SWEEP_MS);
        sweeper.unref();
        rounds.start();
        schemaPoller.start();
      })().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    stop() {
      stopped ??= (async () => {
        stopping.abort();
        await started?.catch(() => undefined);
        clearInterval(sweeper);
        await Promise.all([proofs.stop(), rounds.stop(), engineReads.stop(), schemaPoller.stop()]);
      })();
      return stopped;
    },
    subscribe,
    unsubscribe,
    leave(subscriber) {
      const socket = registry.socketOf(subscriber);
      if (!socket) return;
      delivery.forget(socket);
      registry.leave(subscriber, now());
    },
    nextRound(subscriber, openMs = 0) {
      const round = rounds.next();
      if (subscriber) delivery.expectRound(registry.enter(subscriber), round);
      // Half, because the database's clock counts the age of a change, and this gateway's counts `openMs`.
      if (openMs > changeLimits.recentMs / 2) rounds.lookBack();
      else rounds.wake();
      return round;
    },
    wake: () => rounds.wake(),
    onChanges(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get stats(): LiveViewsStats {
      return { ...registry.size, behind: delivery.behind, ...rounds.stats, ...proofs.stats };
    },
  };
}

const MISMATCH: WireErrorBody = {
  code: 'SPOOKY_GATEWAY_INTERNAL',
  message: 'The gateway closed this query, because its rows differ from what the permissions allow. Report it.',
};

const NOT_STARTED: WireErrorBody = {
  code: 'SPOOKY_GATEWAY_DATABASE_AWAY',
  message: 'The gateway has not read the schema of its database yet; try again in a moment.',
};

function tooManyOfEngine(max: number): WireErrorBody {
  return {
    code: 'SPOOKY_GATEWAY_LIMIT',
    message: `At most ${max} queries whose permissions only the database can evaluate are kept up to date. Close some of them.`,
  };
}
