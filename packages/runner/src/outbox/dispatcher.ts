/*
 * The path of one backend's jobs through this runner.
 *
 *   producer ──▶ queues ──a slot──▶ attempt ──▶ completer ──▶ the row
 *
 * One map holds every job that this runner has taken on, by the job's id, until its outcome is written.
 */
import type { RecordId } from 'surrealdb';
import type { RunnerBackend } from '../backends.ts';
import { type Connection, isAway } from '../connection.ts';
import { AbortHandle } from '../delivery/abort-handle.ts';
import { createAttemptExecutor } from '../delivery/attempt.ts';
import { cancelled } from '../delivery/outcome.ts';
import type { Job, ParsedJob } from '../job.ts';
import type { Logger } from '../logger.ts';
import type { BackendObserver } from '../observe/backend-observer.ts';
import type { FetchHealth } from '../observe/readiness.ts';
import type { Settings } from '../options.ts';
import { isFenced } from '../ownership/fence.ts';
import { createPoller } from '../poller.ts';
import type { ProgressEndpoint } from '../progress/endpoint.ts';
import { createCalls } from './calls.ts';
import { createCompleter, MAX_UNWRITTEN } from './completer.ts';
import type { Entry } from './entry.ts';
import { createFetching, HIGH_WATER, LOW_WATER } from './fetching.ts';
import { hasChangeEvent } from './inbox.ts';
import { createPayloads } from './payloads.ts';
import { createProducer, type Tails } from './producer.ts';
import { createPrune } from './prune.ts';
import { ALONE, isSuspect, queueKeyOf } from './queue-key.ts';
import { createQueues } from './queues.ts';
import { createRecover } from './recover.ts';
import { createRequests } from './requests.ts';
import type { Writer } from './writer.ts';

/** Delivers the jobs of one backend. */
export interface Dispatcher {
  readonly name: string;
  /** The backend's outbox table. */
  readonly table: string;
  /** Calls in flight. */
  readonly inFlight: number;
  readonly fetches: FetchHealth;
  start(): void;
  /** Others may have written to the database. */
  notify(): void;
  /** The database is connected, again: looks for everything that may have been missed. */
  resume(): void;
  /** This runner owns the partition from now on. Jobs due by `carefulUntil` are marked before their calls. */
  take(partition: number, carefulUntil: Date | undefined): void;
  /**
   * Gives a partition up. Resolves when all its running jobs are marked as this runner's, and the runner holds nothing
   * else of it.
   */
  handOver(partition: number): Promise<void>;
  /** Runners have died: makes their jobs due again. */
  recover(): void;
  /**
   * Aborts all calls, and forgets their jobs and the queued ones, because this runner may no longer own them. If
   * `ownsStill`, it keeps its partitions and the outcomes that it already has, and writes them once it is sure again.
   */
  abandon(ownsStill: boolean): void;
  /** Stops fetching and starting jobs. */
  stopFetching(): Promise<void>;
  /** Resolves when no call is running. */
  idle(): Promise<void>;
  /** Aborts all calls; their jobs go back without costing a retry. */
  abortAll(): void;
  /** Resolves when every outcome is written. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export interface DispatcherOptions {
  readonly backend: RunnerBackend;
  readonly connection: Connection;
  readonly writer: Writer;
  /** The runner's id, while it has one. */
  readonly runner: () => string | undefined;
  /** Whether it is sure enough that it owns its partitions to start a call. */
  readonly mayStart: () => boolean;
  /** Whether it is sure enough to write outcomes; unlike `mayStart`, also while it stops. */
  readonly isSure: () => boolean;
  readonly settings: Settings;
  readonly progress: ProgressEndpoint | undefined;
  readonly observer: BackendObserver;
  readonly logger: Logger;
}

/** How often it looks for jobs of lost runners. */
const RECOVER_MS = 10_000;
/** Owners' requests are read a moment after a write, so that they never delay a job that was inserted with it. */
const REQUESTS_PAUSE_MS = 50;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { backend, connection, writer, runner, mayStart, isSure, settings, progress, observer, logger } = options;
  const { table } = backend;
  const entries = new Map<string, Entry>();
  /** Jobs forgotten since the last read was sent: its answer may still contain them. */
  const recentlyForgotten = new Set<string>();
  /** Jobs that a request is ending directly in their rows. */
  const withheld = new Set<string>();
  /** Requests and recoveries in progress: they write to partitions that were owned when they began. */
  const activeWork = new Set<Promise<void>>();
  const careful = new Map<number, Date>();
  const queues = createQueues<Entry>({
    concurrency: backend.concurrency,
    perOwner: backend.concurrencyPerOwner,
    routes: new Map([...(backend.routeLimits ?? []), [ALONE, 1]]),
  });
  let isAnnounced = false;
  let stopping = false;

  const completer = createCompleter({
    ...{ writer, connection, runner, isSure, logger, refusalPauseMs: settings.refusalPauseMs },
    isAnnounced: () => isAnnounced,
    onWritten(entry, written, isWritten) {
      forget(entry);
      if (!isWritten) {
        logger.warn({ job: entry.job.key }, 'an outcome was not written: the row has changed or was deleted');
      } else if (written.kind === 'unreadable') observer.written(entry.job, { kind: 'failed', error: written.error });
      else observer.written(entry.job, written);
      if (written.kind === 'retry') {
        if (entry.tails) producer.restoreTails(entry.tails);
        fetching.readTailsAfter(written.delayMs + 1);
      }
      onFree();
    },
  });

  const producer = createProducer({
    ...{ connection, table },
    onRead() {
      recentlyForgotten.clear();
      fetching.onRead();
    },
    isKnown: (id) => entries.has(id) || recentlyForgotten.has(id) || withheld.has(id),
    offer,
    queueOf: (job) => queues.queueOf(job),
    filled: (queue) => queues.filled(queue),
    mayRead: () => fetching.mayReadMore(),
    isFull: () => queues.isFull,
    room: () => (queues.waiting < LOW_WATER ? HIGH_WATER - queues.waiting : 0),
    onUnreadable(id, partition) {
      const job = unreadableJob(id);
      const entry = newEntry({ ok: false, job, reason: 'The row cannot be read.' }, partition);
      entries.set(job.key, entry);
      entry.state = 'ending';
      completer.failUnreadable(entry, 'The row cannot be read.');
    },
  });

  const fetching = createFetching({
    ...{ connection, producer, queues, onError, pollIntervalMs: settings.pollIntervalMs },
    known: () => entries.size,
    isOwner: () => runner() !== undefined,
    mayFetch: mayTake,
  });

  const calls = createCalls({
    ...{ queues, completer, producer, mayStart, forget, onFree },
    attempts: createAttemptExecutor(backend, settings, progress, observer, logger),
    payloads: createPayloads(connection),
    mayBegin: mayTake,
    onFault(error) {
      producer.rewind();
      onError(error);
    },
  });

  const recover = createRecover({
    ...{ connection, writer, table, runner, logger },
    mine: () => [...entries.values()].filter(({ mark }) => mark !== 'none').map(({ job }) => job.id),
    onRecovered: observer.recovered,
  });
  let tailsBefore: Tails = new Map();
  const handleRequests = createRequests({
    ...{ connection, writer, table, logger },
    partitions: () => producer.partitions,
    handedOver() {
      const owned = producer.partitions;
      return [...calls.running].filter(({ partition }) => !owned.has(partition)).map(({ job }) => job.id);
    },
    isHere: (id) => entries.has(id),
    cancel,
    withhold(ids) {
      for (const id of ids) withheld.add(String(id));
      return () => {
        for (const id of ids) {
          withheld.delete(String(id));
          recentlyForgotten.add(String(id));
        }
      };
    },
    onDue() {
      producer.restoreTails(tailsBefore);
      fetching.readTailsAfter(0);
    },
  });
  const prune = createPrune(
    connection,
    writer,
    { backend: backend.name, table, partitions: () => producer.partitions, keep: backend.prune ?? {} },
    logger,
  );

  const requests = createPoller(settings.pollIntervalMs, () => whenOwner(requestAll), onError);
  const recovering = createPoller(RECOVER_MS, () => whenOwner(recoverAll), onError);

  /** Whether it may take on another job: not while many outcomes are unwritten. */
  function mayTake(): boolean {
    return !stopping && completer.unwritten < MAX_UNWRITTEN;
  }

  async function requestAll(): Promise<void> {
    tailsBefore = producer.tails();
    if (await handleRequests()) requests.notify();
  }

  async function recoverAll(): Promise<void> {
    isAnnounced = await hasChangeEvent(connection, table);
    let count = await recover.lost(producer.partitions);
    // The owner of the first partition also repairs jobs that are in no partition.
    if (producer.partitions.has(0)) count += await recover.strays();
    if (count > 0) fetching.rewind();
  }

  function newEntry(parsed: ParsedJob, partition: number): Entry {
    const { job } = parsed;
    const carefulUntil = careful.get(partition);
    const isCareful = (carefulUntil && job.runAt <= carefulUntil) || isSuspect(job) || backend.marks === 'always';
    return {
      ...{ parsed, job, partition, isCareful, ...queueKeyOf(job) },
      ...{ abortHandle: new AbortHandle(), fetchedAt: performance.now(), state: 'waiting', startedAt: 0, mark: 'none' },
    };
  }

  function offer(parsed: ParsedJob, partition: number): boolean {
    const entry = newEntry(parsed, partition);
    if (!queues.offer(entry)) return false;
    entries.set(parsed.job.key, entry);
    observer.fetched(parsed.job);
    calls.start();
    return true;
  }

  function onFree(): void {
    calls.start();
    fetching.readMore();
  }

  function forget(entry: Entry): void {
    entry.state = 'gone';
    calls.release(entry);
    const id = entry.job.key;
    if (entries.get(id) !== entry) return;
    entries.delete(id);
    recentlyForgotten.add(id);
  }

  function cancel(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entry.abortHandle.abort('cancelled');
    if (!queues.remove(entry)) return;
    entry.state = 'ending';
    completer.complete(entry, cancelled(entry.job));
  }

  async function handOver(partition: number): Promise<void> {
    const matches = (entry: Entry): boolean => entry.partition === partition;
    producer.drop(partition);
    careful.delete(partition);
    for (const entry of queues.removeWhere(matches)) forget(entry);
    await Promise.allSettled(activeWork);
    const unmarked = [...calls.running].filter((entry) => matches(entry) && entry.mark === 'none');
    await Promise.all(unmarked.filter(({ state }) => state !== 'ending' && state !== 'gone').map(calls.mark));
    await completer.drained(matches);
  }

  async function whenOwner(work: () => Promise<void>): Promise<void> {
    if (!connection.connected || runner() === undefined) return;
    const act = work();
    activeWork.add(act);
    try {
      await act;
    } finally {
      activeWork.delete(act);
    }
  }

  function onError(error: unknown): void {
    // The connection logs when the database is away; a runner that is declared dead learns of it from its next beat.
    if (isAway(error) || isFenced(error)) return;
    logger.error({ err: error, backend: backend.name }, 'the outbox cannot be processed; the runner tries again');
  }

  return {
    name: backend.name,
    table,
    get inFlight() {
      return calls.running.size;
    },
    fetches: fetching.health,
    start() {
      for (const poller of [fetching, requests, recovering, prune]) poller.start();
    },
    notify() {
      fetching.notify();
      requests.after(REQUESTS_PAUSE_MS);
    },
    resume() {
      fetching.rewind();
      requests.notify();
      recovering.notify();
      completer.flush();
      calls.start();
    },
    take(partition, carefulUntil) {
      if (carefulUntil) careful.set(partition, carefulUntil);
      producer.take(partition);
      fetching.take();
      requests.notify();
      recovering.notify();
      prune.notify();
    },
    handOver,
    recover: () => recovering.notify(),
    abandon(ownsStill) {
      calls.abortAll('lost');
      queues.removeWhere(() => true);
      const isLost = ({ state }: Entry): boolean => !ownsStill || state !== 'ending';
      for (const entry of [...entries.values()].filter(isLost)) forget(entry);
      completer.drop(isLost);
      producer.rewind();
      if (ownsStill) return;
      careful.clear();
      for (const partition of producer.partitions) producer.drop(partition);
    },
    async stopFetching() {
      stopping = true;
      for (const entry of queues.removeWhere(() => true)) forget(entry);
      await Promise.all([fetching.stop(), recovering.stop(), prune.stop()]);
    },
    async idle() {
      await calls.idle();
      await requests.stop();
    },
    abortAll: () => calls.abortAll('shutdown'),
    drained: () => completer.drained(),
    close: calls.close,
  };
}

/** A job of which only the id is known. */
function unreadableJob(id: RecordId): Job {
  return {
    ...{
      id,
      key: id.toString(),
      path: '',
      payload: {},
      runAt: new Date(),
      retries: 0,
      maxRetries: 0,
      retryStrategy: 'linear',
    },
    ...{ reruns: 0, losses: 0, waitedMs: 0 },
  };
}
