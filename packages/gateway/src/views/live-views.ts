/*
 * Live views: the sockets' subscriptions on one side, rounds on the other.
 *
 *   subscribe ─▶ registry ─▶ round: which views are touched? read them in its transaction ─▶ commit ─▶ delivery ─▶ sockets
 */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '@spookify/surreal-link';
import type { RoundChanges, Shown } from '../changes/audience.ts';
import { realClock } from '../changes/clock.ts';
import type { Rounds } from '../changes/options.ts';
import { createRounds } from '../changes/rounds.ts';
import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { createCompiler } from '../plans/compile-plan.ts';
import type { Compile, CompiledPlan, Plan } from '../plans/plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import { ROWS_MAX } from '../wire/limits.ts';
import { Delivery } from './delivery.ts';
import { textOf } from './diff.ts';
import { EngineReads } from './engine-reads.ts';
import type { LiveViewsOptions } from './options.ts';
import { Proofs } from './proofs.ts';
import { readViews } from './read-views.ts';
import { ReadingBudget } from './reading-budget.ts';
import { bodyOf, recompile } from './recompile.ts';
import { Registry } from './registry.ts';
import { rowEncoder } from './row.ts';
import type { Changes, LiveViews, LiveViewsStats, Subscriber } from './subscriber.ts';
import { isReadInRounds, touchedViews } from './touched.ts';
import type { Outcome, View } from './view.ts';

const SWEEP_MS = 250;

export function createLiveViews(options: LiveViewsOptions): LiveViews {
  const { link, readSchema = readDatabaseSchema, compilerOf = createCompiler, logger } = options;
  const { clock = realClock, random = Math.random } = options;
  const limits = { ...LIMITS.views, ...options.viewLimits };
  const encodeRow = rowEncoder(options.tokenKey);
  const reading = { encodeRow, logger, rowsMax: options.rowsMax ?? ROWS_MAX };
  const registry = new Registry();
  const now = (): number => clock.now();
  const delivery = new Delivery(
    registry,
    { ...LIMITS.socket, ...options.socketLimits, maxBytes: limits.maxBytes },
    now,
  );
  const budget = new ReadingBudget(limits, now, () => registry.readers);
  /** Views that a round had no time for. */
  const late = new Set<View>();
  const listeners = new Set<(changes: Changes) => void>();
  const stopping = new AbortController();
  const rounds: Rounds = createRounds({
    link,
    id: randomUUID(),
    audience: { read },
    limits: { ...LIMITS.changes, ...options.changeLimits },
    clock,
    random,
    logger,
  });
  const engineReads = new EngineReads({
    ...reading,
    engineMs: limits.engineMs,
    clock,
    onFresh: () => rounds.wake(),
  });
  /** Views that were closed by a proof or by a new schema, until a round has said so. */
  const closed = new Map<View, Outcome>();
  const proofs = new Proofs({
    rounds: () => rounds,
    usedSchema: () => schema?.hash,
    readSchema: async () => (await readSchema(link)).hash,
    encodeRow,
    random,
    sample: limits.proofSample,
    logger,
    onRefuted(view) {
      view.isBroken = true;
      closed.set(view, { kind: 'failed', error: REFUTED });
      rounds.wake();
    },
  });
  let schema: DatabaseSchema | undefined;
  let compile: Compile | undefined;
  /** Times at which another schema was seen, and those that a round has dealt with. */
  let schemaSeen = 0;
  let schemaShown = 0;
  let watching: Promise<void> | undefined;
  let sweeper: NodeJS.Timeout | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function read(transaction: Transaction, { round, position, ids, isWhole }: RoundChanges): Promise<Shown> {
    const outcomes = new Map<View, Outcome>();
    const seen = schemaSeen;
    const isReset = ids === 'reset' || seen !== schemaShown;
    if (isReset) await renewSchema(transaction, round);
    const touched = isReset ? new Set(registry.views) : await touchedViews(transaction, ids, registry);
    const startedAt = now();
    for (const view of registry.failing) if ((view.retryAt ?? 0) <= startedAt) touched.add(view);
    for (const view of late) touched.add(view);
    // They have no holders, and now they are out of date.
    for (const view of touched) if (view.holders.size === 0) removeView(view);
    const due = [...touched].filter(isReadInRounds).filter(({ status }) => status.kind !== 'new');
    const first = [...firstReads(round)];
    const turns = (ms: number) => ({ now, budget, isOver: () => now() - startedAt > ms });
    const read = await readViews(transaction, due, reading, turns(limits.roundMs));
    const readFirst = await readViews(transaction, first, reading, turns(limits.firstReadsMs));
    for (const [view, outcome] of [...read, ...readFirst]) outcomes.set(view, outcome);
    const { fresh } = engineReads;
    for (const [view, outcome] of fresh) outcomes.set(view, outcome);
    for (const [view, outcome] of closed) outcomes.set(view, outcome);
    return {
      mustCommit: read.size + readFirst.size + fresh.size > 0,
      publish() {
        schemaShown = Math.max(schemaShown, seen);
        for (const view of due) setLate(view, !read.has(view) && registry.has(view));
        // Before anything is sent: sockets whose session has ended get nothing of this round.
        if (isReset || ids.length > 0) announce(isReset ? 'reset' : ids);
        const answered = delivery.publish(round, position, outcomes);
        engineReads.taken(fresh);
        for (const [view, outcome] of outcomes) if (closed.get(view) === outcome) closed.delete(view);
        proofs.published(round, isWhole);
        for (const holding of answered) proofs.answered(holding);
        wakeForUnread();
      },
    };
  }

  /** It shows an earlier state until a round has time for it. */
  function setLate(view: View, isLate: boolean): void {
    view.isLate = isLate;
    if (isLate) late.add(view);
    else late.delete(view);
  }

  /** Another round for views that this one had no time for, unless their readers have to wait. */
  function wakeForUnread(): void {
    for (const view of [...late, ...firstReads(rounds.next())]) {
      if (!isReadInRounds(view)) setLate(view, false);
      else if (budget.mayRead(view)) {
        rounds.wake();
        return;
      }
    }
  }

  /** Views that are to be read for the first time. They may wait for another round, if the others take long. */
  function firstReads(round: number): Set<View> {
    const views = new Set<View>();
    for (const { view, waitingFor = 0 } of registry.waiting) {
      if (waitingFor <= round && view.status.kind === 'new' && isReadInRounds(view)) views.add(view);
    }
    return views;
  }

  /** Goes over to the schema as of the round. The round may run again, and then finds nothing new here. */
  async function renewSchema(transaction: Transaction, round: number): Promise<void> {
    const renewed = await readSchema(transaction);
    if (renewed.hash === schema?.hash) return;
    const next = useSchema(renewed);
    for (const [view, outcome] of recompile(registry, next, round, now())) closed.set(view, outcome);
    for (const view of registry.views) if (isOfEngine(view)) engineReads.add(view);
  }

  function useSchema(next: DatabaseSchema): Compile {
    options.onSchema?.(next);
    const made = compilerOf(next);
    schema = next;
    compile = made;
    return made;
  }

  function announce(changes: Changes): void {
    engineReads.askAll();
    for (const listener of listeners) {
      try {
        listener(changes);
      } catch (err) {
        logger.error({ err }, 'a listener for changes failed');
      }
    }
  }

  async function watchSchema(): Promise<void> {
    const { schemaPollMs } = { ...LIMITS.changes, ...options.changeLimits };
    while (!stopping.signal.aborted) {
      await clock.pause(schemaPollMs, stopping.signal);
      if (stopping.signal.aborted) return;
      // The database may be away; rounds say so.
      const found = await readSchema(link).catch(() => undefined);
      if (found === undefined || found.hash === schema?.hash) continue;
      schemaSeen += 1;
      rounds.wake();
    }
  }

  function removeView(view: View): void {
    engineReads.remove(view);
    setLate(view, false);
    registry.remove(view);
  }

  function sweep(): void {
    delivery.sweep();
    budget.sweep();
    wakeForUnread();
    for (const { retryAt = 0 } of registry.failing) if (retryAt <= now()) rounds.wake();
    for (const view of registry.views) {
      if (view.emptySince === undefined) continue;
      if (isOfEngine(view) || now() - view.emptySince >= limits.lingerMs) removeView(view);
    }
  }

  function subscribe(subscriber: Subscriber, id: number, plan: Plan, digest?: string): void {
    const reject = (error: WireErrorBody): void => subscriber.send(textOf({ type: 'rejected', id, error }));
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
    const view = registry.viewOf(compiled, subscriber);
    if (isOfEngine(view) && !engineReads.has(view)) {
      const isFull = engineReads.size >= limits.engineMax;
      if (isFull || engineReads.countOf(subscriber.reader) >= limits.engineMaxPerReader) {
        registry.remove(view);
        reject(tooManyOfEngine(isFull ? limits.engineMax : limits.engineMaxPerReader));
        return;
      }
    }
    const socket = registry.enter(subscriber);
    const holding = registry.hold(socket, view, plan, rounds.next(), digest);
    holding.ids.add(id);
    socket.byId.set(id, holding);
    subscriber.send(textOf({ type: 'subscribed', id, view: view.number }));
    if (isOfEngine(view)) engineReads.add(view);
    if (holding.waitingFor !== undefined) rounds.wake();
  }

  function unsubscribe(subscriber: Subscriber, id: number): void {
    const socket = registry.socketOf(subscriber);
    const holding = socket?.byId.get(id);
    if (!socket || !holding) return;
    socket.byId.delete(id);
    holding.ids.delete(id);
    if (holding.ids.size === 0) registry.drop(holding, now());
  }

  return {
    start() {
      started ??= (async () => {
        useSchema(await readSchema(link));
        if (stopping.signal.aborted) return;
        sweeper = setInterval(sweep, SWEEP_MS);
        sweeper.unref();
        rounds.start();
        watching = watchSchema();
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
        await Promise.all([proofs.stop(), rounds.stop(), engineReads.stop(), watching]);
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
    nextRound(subscriber) {
      const round = rounds.next();
      if (subscriber) delivery.expect(registry.enter(subscriber), round);
      rounds.wake();
      return round;
    },
    wake: () => rounds.wake(),
    onChanges(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get stats(): LiveViewsStats {
      return { ...registry.size, ...rounds.stats, ...proofs.stats };
    },
  };
}

const isOfEngine = ({ compiled }: View): boolean => compiled.live.kind === 'engine';

const REFUTED: WireErrorBody = {
  code: 'SPOOKY_GATEWAY_INTERNAL',
  message: 'The gateway closed this query, because it could not prove the permissions of its rows. Report it.',
};

const NOT_STARTED: WireErrorBody = {
  code: 'SPOOKY_GATEWAY_DATABASE_AWAY',
  message: 'The gateway has not read the schema of its database yet; try again in a moment.',
};

function tooManyOfEngine(max: number): WireErrorBody {
  return {
    code: 'SPOOKY_GATEWAY_LIMIT',
    message: `At most ${max} queries are kept up to date whose permissions only the database can decide. Close some of them.`,
  };
}
