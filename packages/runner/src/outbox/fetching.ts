/*
 * When a backend's jobs are read.
 *
 *   a write, or a job that is due now ──▶ a glance at the tails, after the rest that follows the one before
 *   places free while more is left    ──▶ longer reads
 *   a poll                            ──▶ a glance from some seconds back, and now and then all from the head
 */
import { type Connection, isAway } from '../connection.ts';
import type { FetchHealth } from '../observe/readiness.ts';
import { createPoller } from '../poller.ts';
import type { Producer } from './producer.ts';
import type { Queues } from './queues.ts';

export interface FetchingOptions {
  readonly connection: Pick<Connection, 'connected'>;
  readonly producer: Producer;
  readonly queues: Pick<Queues<never>, 'waiting'>;
  /** Jobs that were fetched and are not ended. */
  readonly known: () => number;
  /** Whether this runner has partitions, or may have. */
  readonly isOwner: () => boolean;
  /** Whether it may take more jobs into its hands. */
  readonly mayFetch: () => boolean;
  readonly pollIntervalMs: number;
  readonly onError: (error: unknown) => void;
}

export interface Fetching {
  readonly health: FetchHealth;
  start(): void;
  /** Others have written something. */
  notify(): void;
  /** A job is due after so long. */
  glanceAfter(ms: number): void;
  /** Jobs may be due that were passed over: all is read from the head. */
  rewind(): void;
  /** Partitions were taken. */
  take(): void;
  /** A slot is free, or a place among what is unwritten. */
  goOn(): void;
  /** A read has been sent. */
  onRead(): void;
  /** Whether a longer read may follow: what comes in meanwhile is looked at before anything else. */
  mayReadOn(): boolean;
  stop(): Promise<void>;
}

/** More is fetched when fewer than this wait in memory, up to so many. */
export const LOW_WATER = 500;
export const HIGH_WATER = 1_000;
/**
 * Each partition is read from the head this often, or as seldom that these reads take no more than this share of the time. They take turns:
 * deleted entries of the index lie at the head, and the engine does nothing else while it passes over those of one read.
 */
const SWEEP_MS = 10_000;
const SHARE_OF_SWEEP = 0.01;
/** But no job waits for longer because its insert took so long to commit that the tail had gone on. */
const LONGEST_SWEEP_MS = 30_000;
/** With every poll the tails are read from so long ago: what took longer to commit than a glance looks back is found. */
const LATEST_COMMIT_MS = 5_000;
/** While much waits, single queues are looked after whenever so many jobs have ended. */
const REFILL_AFTER = 32;
/** A glance that found nothing is followed by a rest of this many times its length: at most a quarter of the time goes into them. */
const REST = 3;
/** While much waits here, every glance is: what it finds has to wait, and the writes of other runners would wake this one again and again. */
const REST_WHILE_BUSY = 20;

export function createFetching(options: FetchingOptions): Fetching {
  const { connection, producer, queues, known, isOwner, mayFetch, pollIntervalMs, onError } = options;
  const health = { fetchedAt: performance.now(), refused: false };
  /** When the tails are to be read next, by the clock of `performance.now()`. */
  let glanceAt = Number.POSITIVE_INFINITY;
  /** After a glance the database is left alone for a while, whatever others write. */
  let restUntil = 0;
  let sinceRefill = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sweepMs = 0;

  const poller = createPoller(pollIntervalMs, work, (error) => {
    health.refused = !isAway(error);
    onError(error);
  });

  async function work(polled: boolean): Promise<void> {
    if (!connection.connected || !isOwner()) return;
    if (polled) {
      glanceAt = 0;
      producer.lookBack(LATEST_COMMIT_MS);
    }
    const startedAt = performance.now();
    const partitions = producer.partitions.size;
    const pauseMs = Math.max(SWEEP_MS / partitions, Math.min(LONGEST_SWEEP_MS / partitions, sweepMs / SHARE_OF_SWEEP));
    if (!polled || startedAt - sweptAt <= pauseMs) return await fetch();
    producer.lookBehind(Math.ceil((partitions * pollIntervalMs) / SWEEP_MS));
    await fetch();
    sweptAt = performance.now();
    sweepMs = sweptAt - startedAt;
  }

  async function fetch(): Promise<void> {
    const startedAt = performance.now();
    health.fetchedAt = startedAt;
    // A glance that is due stays due until `goOn`.
    if (!mayFetch()) return;
    const glances = startedAt >= glanceAt;
    if (glances) glanceAt = Number.POSITIVE_INFINITY;
    const before = known();
    const dueInMs = await producer.produce(glances);
    const endedAt = performance.now();
    const found = known() - before;
    const rest = queues.waiting >= LOW_WATER ? REST_WHILE_BUSY : found > 0 ? 0 : REST;
    if (glances) restUntil = endedAt + rest * (endedAt - startedAt);
    health.fetchedAt = endedAt;
    health.refused = false;
    if (dueInMs !== undefined) glanceAfter(dueInMs);
    // A timer may fire a little early, and then this was not the glance that it was set for.
    else if (glanceAt < Number.POSITIVE_INFINITY) glanceAfter(Math.max(0, glanceAt - endedAt));
  }

  function glanceAfter(ms: number): void {
    glanceAt = Math.min(glanceAt, performance.now() + ms);
    if (ms > 0) poller.after(ms);
    else poller.notify();
  }

  function mayReadOn(): boolean {
    return mayFetch() && performance.now() < glanceAt;
  }

  return {
    health,
    start: poller.start,
    notify: () => glanceAfter(Math.max(0, restUntil - performance.now())),
    glanceAfter,
    rewind() {
      producer.rewind();
      poller.notify();
    },
    take: poller.notify,
    goOn() {
      sinceRefill += 1;
      const isWorthARead = queues.waiting < LOW_WATER || sinceRefill >= REFILL_AFTER;
      const isDue = performance.now() >= glanceAt && mayFetch();
      if (!isDue && !(producer.hasMore && isWorthARead)) return;
      sinceRefill = 0;
      poller.notify();
    },
    onRead() {
      health.fetchedAt = performance.now();
    },
    mayReadOn,
    stop: poller.stop,
  };
}
