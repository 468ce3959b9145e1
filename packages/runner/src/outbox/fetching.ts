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

/** Starts reads, and reports their health. */
export interface Fetching {
  readonly health: FetchHealth;
  start(): void;
  /** Others may have written to the database. */
  notify(): void;
  /** Reads the tails after this time, when a job is due. */
  readTailsAfter(ms: number): void;
  /** Skipped jobs may have become due: reads everything from the head. */
  rewind(): void;
  /** Partitions were taken. */
  take(): void;
  /** A slot is free, or there is room among the unwritten outcomes. */
  readMore(): void;
  /** A read has been sent. */
  onRead(): void;
  /** Whether a longer read may follow. A due tail read goes first, because new jobs take precedence. */
  mayReadMore(): boolean;
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
const HEAD_READ_MS = 10_000;
const HEAD_READ_SHARE = 0.01;
/** The upper bound of that interval, so that a job whose insert committed behind the tail does not wait longer. */
const MAX_HEAD_READ_MS = 30_000;
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
const PAUSE_FACTOR = 3;
/**
 * With a backlog in memory, every tail read is followed by this longer pause: what it finds has to wait anyway, and the
 * writes of other runners would wake this one again and again.
 */
const BUSY_PAUSE_FACTOR = 20;

export function createFetching(options: FetchingOptions): Fetching {
  const { connection, producer, queues, known, isOwner, mayFetch, pollIntervalMs, onError } = options;
  const health = { fetchedAt: performance.now(), refused: false };
  /** When to read the tails next, on the clock of `performance.now()`. */
  let readTailsAt = Number.POSITIVE_INFINITY;
  /** No tail read before this time, whatever others write. */
  let pausedUntil = 0;
  let sinceRefill = 0;
  let headReadAt = Number.NEGATIVE_INFINITY;
  let headReadMs = 0;

  const poller = createPoller(pollIntervalMs, work, (error) => {
    health.refused = !isAway(error);
    onError(error);
  });

  async function work(polled: boolean): Promise<void> {
    if (!connection.connected || !isOwner()) return;
    if (polled) {
      readTailsAt = 0;
      producer.rewindTails(LATEST_COMMIT_MS);
    }
    const startedAt = performance.now();
    const partitions = producer.partitions.size;
    const pauseMs = Math.max(
      HEAD_READ_MS / partitions,
      Math.min(MAX_HEAD_READ_MS / partitions, headReadMs / HEAD_READ_SHARE),
    );
    if (!polled || startedAt - headReadAt <= pauseMs) return await fetch();
    producer.rewindOldest(Math.ceil((partitions * pollIntervalMs) / HEAD_READ_MS));
    await fetch();
    headReadAt = performance.now();
    headReadMs = headReadAt - startedAt;
  }

  async function fetch(): Promise<void> {
    const startedAt = performance.now();
    health.fetchedAt = startedAt;
    // A tail read that is due stays due until `readMore`.
    if (!mayFetch()) return;
    const readsTails = startedAt >= readTailsAt;
    if (readsTails) readTailsAt = Number.POSITIVE_INFINITY;
    const before = known();
    const dueInMs = await producer.produce(readsTails);
    const endedAt = performance.now();
    const found = known() - before;
    const pauseFactor = queues.waiting >= LOW_WATER ? BUSY_PAUSE_FACTOR : found > 0 ? 0 : PAUSE_FACTOR;
    if (readsTails) pausedUntil = endedAt + pauseFactor * (endedAt - startedAt);
    health.fetchedAt = endedAt;
    health.refused = false;
    if (dueInMs !== undefined) readTailsAfter(dueInMs);
    // A timer may fire a little early; then the tail read that it was set for is still to be made.
    else if (readTailsAt < Number.POSITIVE_INFINITY) readTailsAfter(Math.max(0, readTailsAt - endedAt));
  }

  function readTailsAfter(ms: number): void {
    readTailsAt = Math.min(readTailsAt, performance.now() + ms);
    if (ms > 0) poller.after(ms);
    else poller.notify();
  }

  function mayReadMore(): boolean {
    return mayFetch() && performance.now() < readTailsAt;
  }

  return {
    health,
    start: poller.start,
    notify: () => readTailsAfter(Math.max(0, pausedUntil - performance.now())),
    readTailsAfter,
    rewind() {
      producer.rewind();
      poller.notify();
    },
    take: poller.notify,
    readMore() {
      sinceRefill += 1;
      const isWorthARead = queues.waiting < LOW_WATER || sinceRefill >= REFILL_AFTER;
      const isDue = performance.now() >= readTailsAt && mayFetch();
      if (!isDue && !(producer.hasMore && isWorthARead)) return;
      sinceRefill = 0;
      poller.notify();
    },
    onRead() {
      health.fetchedAt = performance.now();
    },
    mayReadMore,
    stop: poller.stop,
  };
}
