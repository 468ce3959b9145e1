/*
 * One backend's jobs on their way through this runner.
 *
 *   producer ──▶ queues ──a slot──▶ attempt ──▶ completer ──▶ the row
 *
 * What is in its hands stands in one map, by the id of the job, until its outcome is written.
 */
import type { RecordId } from 'surrealdb';
import type { RunnerBackend } from '../backends.ts';
import { type Connection, isAway } from '../connection.ts';
import { type AttemptMaker, createAttemptMaker } from '../delivery/attempt.ts';
import { Hold } from '../delivery/hold.ts';
import { cancelled } from '../delivery/outcome.ts';
import type { Job, ParsedJob } from '../job.ts';
import type { Logger } from '../logger.ts';
import type { BackendWatch } from '../observe/backend-watch.ts';
import type { FetchHealth } from '../observe/readiness.ts';
import type { Settings } from '../options.ts';
import { isFenced } from '../ownership/fence.ts';
import { createPoller } from '../poller.ts';
import type { ProgressEndpoint } from '../progress/endpoint.ts';
import { createCompleter, MOST_UNWRITTEN, type WriteEnd } from './completer.ts';
import type { Entry } from './entry.ts';
import { hasChangeEvent } from './inbox.ts';
import { createPayloads } from './payloads.ts';
import { createProducer, type Tails } from './producer.ts';
import { createPrune } from './prune.ts';
import { createQueues } from './queues.ts';
import { createRecover, MOST_LOSSES } from './recover.ts';
import { createRequests } from './requests.ts';
import type { Writer } from './writer.ts';

export interface Dispatcher {
  readonly name: string;
  readonly table: string;
  /** Calls under way. */
  readonly inFlight: number;
  readonly fetches: FetchHealth;
  start(): void;
  /** Somebody has written something. */
  notify(): void;
  /** The database is there, again: all that may have been missed is looked at. */
  resume(): void;
  /** This runner owns a partition from now on. Jobs that were due by `carefulUntil` are marked before they are called. */
  take(partition: number, carefulUntil: Date | undefined): void;
  /** Gives a partition up: resolves when all its jobs that run are marked as this runner's, and nothing else of it is in its hands. */
  handOver(partition: number): Promise<void>;
  /** Jobs of these runners are due again. */
  recover(): void;
  /**
   * Ends all calls and forgets their jobs and those that wait: this runner is not sure to be their owner. If it may own them still, its
   * partitions stay, and so do the jobs that have an outcome: that is written once it is sure again.
   */
  lose(ownsStill: boolean): void;
  /** Fetches and starts nothing more. */
  stopFetching(): Promise<void>;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
  /** Ends all calls; their jobs go back without costing a retry. */
  abortAll(): void;
  /** Resolves when every outcome is written. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export interface DispatcherOptions {
  readonly backend: RunnerBackend;
  readonly connection: Connection;
  readonly writer: Writer;
  /** Its name in the rows, while it has one. */
  readonly runner: () => string | undefined;
  /** Whether it is sure enough of owning its partitions to start a call. */
  readonly mayStart: () => boolean;
  /** The same also while it stops: whether it is sure enough to write outcomes. */
  readonly isSure: () => boolean;
  readonly settings: Settings;
  readonly progress: ProgressEndpoint | undefined;
  readonly watch: BackendWatch;
  readonly logger: Logger;
}

/** A call that takes longer shows as `processing`. */
const MARK_AFTER_MS = 100;
const MARK_INTERVAL_MS = 50;
/** More is fetched when fewer than this wait in memory, up to so many. */
const LOW_WATER = 500;
const HIGH_WATER = 1_000;
/** Stray and left-over rows are looked for this often; reads from the head take no more than this share of the time. */
const SWEEP_MS = 10_000;
const SHARE_OF_SWEEP = 0.01;
/** With every poll the tails are read from so long ago: what took longer to commit than a glance looks back is found. */
const LATEST_COMMIT_MS = 5_000;
/** But no job waits for longer because its insert took so long to commit that the tail had gone on. */
const LONGEST_SWEEP_MS = 30_000;
/** While much waits, single queues are looked after whenever so many jobs have ended. */
const REFILL_AFTER = 32;
/** A glance that found nothing is followed by a rest of this many times its length: at most a quarter of the time goes into them. */
const REST = 3;
/** What owners ask for is looked for a moment after a write, and so never in the way of a job that has come with it. */
const REQUESTS_PAUSE_MS = 50;
/** Marked as careful, and lost twice: it runs while no other such job does. No route is called so: they begin with a slash. */
const ALONE = 'alone';

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { backend, connection, writer, runner, mayStart, isSure, settings, progress, watch, logger } = options;
  const { table } = backend;
  const entries = new Map<string, Entry>();
  /** What has left its hands since the last read was sent: that may still give them. */
  const settled = new Set<string>();
  /** What a request ends in its row. */
  const withheld = new Set<string>();
  /** Requests and recoveries under way: they write to partitions that were owned when they began. */
  const acting = new Set<Promise<void>>();
  const running = new Set<Entry>();
  const careful = new Map<number, Date>();
  const attempts: AttemptMaker = createAttemptMaker(backend, settings, progress, watch, logger);
  const queues = createQueues<Entry>({
    concurrency: backend.concurrency,
    perOwner: backend.concurrencyPerOwner,
    routes: new Map([...(backend.routeLimits ?? []), [ALONE, 1]]),
  });
  const payloads = createPayloads(connection);
  const fetches = { fetchedAt: performance.now(), refused: false };
  let isAnnounced = false;
  let stopping = false;
  /** When the tails are to be read next, by the clock of `performance.now()`. */
  let glanceAt = 0;
  /** After a glance that found nothing the database is left alone for a while, whatever others write. */
  let restUntil = 0;
  let sinceRefill = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sweepMs = 0;
  let idle = (): void => {};

  const completer = createCompleter({
    ...{ writer, connection, runner, isSure, logger },
    isAnnounced: () => isAnnounced,
    onWritten(entry, written, isWritten) {
      forget(entry);
      if (!isWritten) {
        logger.warn({ job: entry.job.key }, 'an outcome was not written: the row is another one now, or deleted');
      } else if (written.kind === 'unreadable') watch.written(entry.job, { kind: 'failed', error: written.error });
      else watch.written(entry.job, written);
      if (written.kind === 'retry') {
        if (entry.tails) producer.goBack(entry.tails);
        glanceAfter(written.delayMs + 1);
      }
      goOn();
    },
  });

  const producer = createProducer({
    ...{ connection, table },
    onRead: () => settled.clear(),
    isKnown: (id) => entries.has(id) || settled.has(id) || withheld.has(id),
    offer,
    queueOf: (job) => queues.queueOf(job),
    filled: (queue) => queues.filled(queue),
    // What comes in meanwhile is looked at before anything else.
    mayRead: () => !stopping && completer.unwritten < MOST_UNWRITTEN && performance.now() < glanceAt,
    room: () => (queues.waiting < LOW_WATER ? HIGH_WATER - queues.waiting : 0),
    onUnreadable(id, partition) {
      const job = unreadableJob(id);
      const entry = newEntry({ ok: false, job, reason: 'The row cannot be read.' }, partition);
      entries.set(job.key, entry);
      entry.state = 'ending';
      completer.failUnreadable(entry, 'The row cannot be read.');
    },
  });

  const recover = createRecover({
    ...{ connection, writer, table, runner, logger },
    mine: () => [...entries.values()].filter(({ mark }) => mark !== 'none').map(({ job }) => job.id),
    onRecovered: watch.recovered,
  });
  let tailsBefore: Tails = new Map();
  const handleRequests = createRequests({
    ...{ connection, writer, table, logger },
    partitions: () => producer.partitions,
    handedOver() {
      const owned = producer.partitions;
      return [...running].filter(({ partition }) => !owned.has(partition)).map(({ job }) => job.id);
    },
    isHere: (id) => entries.has(id),
    cancel,
    withhold(ids) {
      for (const id of ids) withheld.add(String(id));
      return () => {
        for (const id of ids) {
          withheld.delete(String(id));
          settled.add(String(id));
        }
      };
    },
    onDue() {
      producer.goBack(tailsBefore);
      glanceAfter(0);
    },
  });
  const prune = createPrune(
    connection,
    writer,
    { backend: backend.name, table, partitions: () => producer.partitions, keep: backend.prune ?? {} },
    logger,
  );

  const producing = createPoller(settings.pollIntervalMs, produce, (error) => {
    fetches.refused = !isAway(error);
    onError(error);
  });
  const requests = createPoller(settings.pollIntervalMs, () => whenOwner(requestAll), onError);
  const recovering = createPoller(SWEEP_MS, () => whenOwner(recoverAll), onError);
  let marking: NodeJS.Timeout | undefined;

  async function produce(polled: boolean): Promise<void> {
    if (!connection.connected || stopping || runner() === undefined) return;
    if (polled) {
      glanceAt = 0;
      producer.lookBack(LATEST_COMMIT_MS);
    }
    const pauseMs = Math.max(SWEEP_MS, Math.min(LONGEST_SWEEP_MS, sweepMs / SHARE_OF_SWEEP));
    if (polled && performance.now() - sweptAt > pauseMs) {
      const startedAt = performance.now();
      producer.lookBehind();
      await fetch();
      sweptAt = performance.now();
      sweepMs = sweptAt - startedAt;
    } else await fetch();
  }

  async function fetch(): Promise<void> {
    fetches.fetchedAt = performance.now();
    const glances = fetches.fetchedAt >= glanceAt;
    if (glances) glanceAt = Number.POSITIVE_INFINITY;
    const fetched = entries.size;
    const dueInMs = await producer.produce(glances);
    if (glances)
      restUntil = entries.size > fetched ? 0 : performance.now() + REST * (performance.now() - fetches.fetchedAt);
    fetches.fetchedAt = performance.now();
    fetches.refused = false;
    if (dueInMs !== undefined) glanceAfter(dueInMs);
    // A timer may fire a little early, and then this was not the glance that it was set for.
    else if (glanceAt < Number.POSITIVE_INFINITY) glanceAfter(Math.max(0, glanceAt - performance.now()));
  }

  /** New jobs are at the tails of the partitions; some are there now, or will be due. */
  function glanceAfter(ms: number): void {
    glanceAt = Math.min(glanceAt, performance.now() + ms);
    if (ms > 0) producing.after(ms);
    else producing.notify();
  }

  async function requestAll(): Promise<void> {
    tailsBefore = producer.tails();
    if (await handleRequests()) requests.notify();
  }

  async function recoverAll(): Promise<void> {
    isAnnounced = await hasChangeEvent(connection, table);
    let count = await recover.lost(producer.partitions);
    // Of those in no partition, whoever owns the first one takes care.
    if (producer.partitions.has(0)) count += await recover.strays();
    if (count > 0) rewind();
  }

  function rewind(): void {
    producer.rewind();
    producing.notify();
  }

  function newEntry(parsed: ParsedJob, partition: number): Entry {
    const { job } = parsed;
    const carefulUntil = careful.get(partition);
    const isCareful = (carefulUntil && job.runAt <= carefulUntil) || job.losses >= MOST_LOSSES - 1;
    return {
      ...{ parsed, job, partition, isCareful: isCareful || backend.marks === 'always' },
      owner: job.createdBy === undefined ? '' : String(job.createdBy),
      path: job.losses >= MOST_LOSSES - 1 ? ALONE : job.path,
      ...{ hold: new Hold(), fetchedAt: performance.now(), state: 'waiting', startedAt: 0, mark: 'none' },
    };
  }

  function offer(parsed: ParsedJob, partition: number): boolean {
    const entry = newEntry(parsed, partition);
    if (!queues.offer(entry)) return false;
    entries.set(parsed.job.key, entry);
    watch.fetched(parsed.job);
    startJobs();
    return true;
  }

  function startJobs(): void {
    while (!stopping && completer.unwritten < MOST_UNWRITTEN && mayStart()) {
      const entry = queues.next();
      if (entry === undefined) return;
      running.add(entry);
      void run(entry);
    }
  }

  async function run(entry: Entry): Promise<void> {
    try {
      await deliver(entry);
    } catch (error) {
      // A fault of the runner's own, or of the connection: the job is pending, and is read again.
      forget(entry);
      producer.rewind();
      onError(error);
    }
    running.delete(entry);
    queues.done(entry);
    goOn();
    if (running.size === 0) idle();
  }

  /** A slot is free, or a place among what is unwritten. */
  function goOn(): void {
    startJobs();
    sinceRefill += 1;
    if (!producer.hasMore || (queues.waiting >= LOW_WATER && sinceRefill < REFILL_AFTER)) return;
    sinceRefill = 0;
    producing.notify();
  }

  async function deliver(entry: Entry): Promise<void> {
    entry.state = 'starting';
    const needsPayload = entry.parsed.ok && entry.job.payload === undefined;
    if (entry.isCareful) {
      const end = await mark(entry);
      if (isGone(entry)) return;
      if (end === 'refused') return failUnwritable(entry);
      if (end === 'missing') return forget(entry);
    }
    const parsed = needsPayload ? await withPayload(entry) : entry.parsed;
    if (isGone(entry)) return;
    // A process that was paused sees the answer it waited for before the timer that ends its calls.
    if (!mayStart()) return forget(entry);
    entry.state = 'running';
    entry.startedAt = performance.now();
    marking ??= setInterval(markLongCalls, MARK_INTERVAL_MS);
    const outcome = await attempts.make(parsed, entry.hold, entry.fetchedAt);
    if (isGone(entry)) return;
    entry.state = 'ending';
    // Its row still says that it waits: there is nothing to give back.
    const isUntouched = outcome.kind === 'released' && entry.mark === 'none';
    if (outcome.kind === 'lost' || isUntouched) forget(entry);
    else if (!parsed.ok && parsed.code === undefined) completer.failUnreadable(entry, parsed.reason);
    else {
      if (outcome.kind === 'retry') entry.tails = producer.tails();
      completer.complete(entry, outcome);
    }
  }

  async function withPayload({ parsed, job }: Entry): Promise<ParsedJob> {
    const loaded = await payloads.load(job.id);
    return loaded.ok ? { ...parsed, job: { ...job, payload: loaded.payload } } : { job, ...loaded };
  }

  async function mark(entry: Entry): Promise<WriteEnd> {
    entry.mark = 'writing';
    const end = await completer.mark(entry);
    entry.mark = end === 'written' ? 'written' : 'refused';
    goOn();
    return end;
  }

  /** It may not be called without a mark, and its row takes none. */
  function failUnwritable(entry: Entry): void {
    entry.state = 'ending';
    completer.failUnreadable(entry, 'The row does not fit its schema.');
  }

  function markLongCalls(): void {
    const before = performance.now() - MARK_AFTER_MS;
    for (const entry of running) {
      if (entry.state === 'running' && entry.mark === 'none' && entry.startedAt <= before) void mark(entry);
    }
    if (running.size > 0) return;
    clearInterval(marking);
    marking = undefined;
  }

  function forget(entry: Entry): void {
    entry.state = 'gone';
    const id = entry.job.key;
    if (entries.get(id) !== entry) return;
    entries.delete(id);
    settled.add(id);
  }

  // A function, because the compiler does not see that `await` lets others change the state.
  function isGone(entry: Entry): boolean {
    return entry.state === 'gone';
  }

  function cancel(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entry.hold.abort('cancelled');
    if (!queues.remove(entry)) return;
    entry.state = 'ending';
    completer.complete(entry, cancelled(entry.job));
  }

  async function handOver(partition: number): Promise<void> {
    const isMeant = (entry: Entry): boolean => entry.partition === partition;
    producer.drop(partition);
    careful.delete(partition);
    for (const entry of queues.removeWhere(isMeant)) forget(entry);
    await Promise.allSettled(acting);
    const unmarked = [...running].filter((entry) => isMeant(entry) && entry.mark === 'none');
    await Promise.all(unmarked.filter(({ state }) => state !== 'ending' && state !== 'gone').map(mark));
    await completer.drained(isMeant);
  }

  async function whenOwner(work: () => Promise<void>): Promise<void> {
    if (!connection.connected || runner() === undefined) return;
    const act = work();
    acting.add(act);
    try {
      await act;
    } finally {
      acting.delete(act);
    }
  }

  function onError(error: unknown): void {
    // Away is told once, by the connection; a runner that is declared dead learns of it by its next beat.
    if (isAway(error) || isFenced(error)) return;
    logger.error({ err: error, backend: backend.name }, 'the outbox cannot be worked on');
  }

  return {
    name: backend.name,
    table,
    get inFlight() {
      return running.size;
    },
    fetches,
    start() {
      for (const poller of [producing, requests, recovering, prune]) poller.start();
    },
    notify() {
      glanceAfter(Math.max(0, restUntil - performance.now()));
      requests.after(REQUESTS_PAUSE_MS);
    },
    resume() {
      rewind();
      requests.notify();
      recovering.notify();
      completer.flush();
      startJobs();
    },
    take(partition, carefulUntil) {
      if (carefulUntil) careful.set(partition, carefulUntil);
      producer.take(partition);
      producing.notify();
      requests.notify();
      recovering.notify();
      prune.notify();
    },
    handOver,
    recover: () => recovering.notify(),
    lose(ownsStill) {
      for (const { hold } of running) hold.abort('lost');
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
      await Promise.all([producing.stop(), recovering.stop(), prune.stop()]);
    },
    async idle() {
      await new Promise<void>((resolve) => {
        idle = resolve;
        if (running.size === 0) resolve();
      });
      await requests.stop();
    },
    abortAll() {
      for (const { hold } of running) hold.abort('shutdown');
    },
    drained: () => completer.drained(),
    async close() {
      clearInterval(marking);
      await attempts.close();
    },
  };
}

/** Of a row of which only the id is known. */
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
