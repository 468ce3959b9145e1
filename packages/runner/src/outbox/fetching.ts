/*
 * Decides when a backend's jobs are read.
 *
 *   a write, or a job that is due now     ──▶ a short read of the tails, after the pause that follows the previous one
 *   free slots while the table has more   ──▶ longer reads
 *   a poll                                ──▶ a tail read from some seconds back, and now and then everything from the head
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
  /** How many jobs are fetched and not ended. */
  readonly known: () => number;
  /** Whether this runner has partitions, or may have. */
  readonly isOwner: () => boolean;
  /** Whether it may take on more jobs. */
  readonly mayFetch: () => boolean;
  readonly pollIntervalMs: number;
  readonly onError: (error: unknown) => void;
}

export interface Fetching {
  readonly health: FetchHealth;
  start(): void;
  /** Others may have written to the database. */
  notify(): void;
  /** Reads the tails after this time, when a job is due. */
  glanceAfter(ms: number): void;
  /** Skipped jobs may have become due: reads everything from the head. */
  rewind(): void;
  /** Partitions were taken. */
  take(): void;
  /** A slot is free, or there is room among the unwritten outcomes. */
  goOn(): void;
  /** A read has been sent. */
  onRead(): void;
  /** Whether a longer read may follow. A due tail read goes first, because new jobs take precedence. */
  mayReadOn(): boolean;
  stop(): Promise<void>;
}

/** More is fetched when fewer than LOW_WATER jobs wait in memory, up to HIGH_WATER. */
export const LOW_WATER = 500;
export const HIGH_WATER = 1_000;
/**
 * Each partition is read from the head this often, or less often so that these reads take at most this share of the
 * time. Partitions take turns: deleted index entries lie at the head, and the engine does nothing else while it skips
 * those of one read.
 */
const SWEEP_MS = 10_000;
const SHARE_OF_SWEEP = 0.01;
/** The upper bound of that interval, so that a job whose insert committed behind the tail does not wait longer. */
const LONGEST_SWEEP_MS = 30_000;
/**
 * Every poll reads the tails from this far back, to find inserts that took longer to commit than a tail read looks
 * back.
 */
const LATEST_COMMIT_MS = 5_000;
/** With a backlog, single queues are refilled each time this many jobs have ended. */
const REFILL_AFTER = 32;
/**
 * A tail read that found nothing is followed by a pause of this many times its duration, so tail reads take at most a
 * quarter of the time.
 */
const REST = 3;
/**
 * With a backlog in memory, every tail read is followed by this longer pause: what it finds has to wait anyway, and the
 * writes of other runners would wake this one again and again.
 */
const REST_WHILE_BUSY = 20;

export function createFetching(options: FetchingOptions): Fetching {
  const { connection, producer, queues, known, isOwner, mayFetch, pollIntervalMs, onError } = options;
  const health = { fetchedAt: performance.now(), refused: false };
  /** When to read the tails next, on the clock of `performance.now()`. */
  let glanceAt = Number.POSITIVE_INFINITY;
  /** No tail read before this time, whatever others write. */
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
    // A tail read that is due stays due until `goOn`.
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
    // A timer may fire a little early; then the tail read that it was set for is still to be made.
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
