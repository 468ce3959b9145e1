/*
 * Deletes ended jobs past their retention, the oldest first, one bounded batch at a time.
 *
 * The index orders ended jobs by their end, so a batch costs the same however many there are, and next to nothing if
 * none is old enough. Between batches the database gets a pause, so reads of jobs never wait for more than one batch.
 * Each runner prunes the partitions that it owns.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { createPoller } from '../poller.ts';
import { milliseconds } from './duration.ts';
import { pruneEnded } from './sql/maintenance.ts';
import type { Writer } from './writer.ts';

/** How long ended jobs are kept, by status, in milliseconds. A status without a time is kept forever. */
export interface Retention {
  readonly success?: number | undefined;
  readonly failed?: number | undefined;
}

/** Deletes ended jobs in the background. */
export interface Prune {
  start(): void;
  /** The runner may own new partitions. */
  notify(): void;
  /** Resolves when the current batch has ended. */
  stop(): Promise<void>;
}

export interface PruneOptions {
  /** The backend's name, for the log. */
  readonly backend: string;
  readonly table: string;
  /** The partitions that this runner owns now. */
  readonly partitions: () => Iterable<number>;
  readonly keep: Retention;
  /** How many rows one statement deletes. Default: 50. */
  readonly batch?: number;
  /** How often it looks for jobs to delete, in milliseconds. Default: one minute. */
  readonly intervalMs?: number;
}

/** A row takes 0.3 to 1.5 ms, and other requests should not wait long behind a batch. */
const BATCH = 50;
const INTERVAL_MS = 60_000;
/** The pause after a batch, relative to its duration: deleting takes at most a third of the time. */
const PAUSE_PER_WORK = 2;

export function createPrune(
  connection: Pick<Connection, 'connected'>,
  writer: Writer,
  { backend, table, partitions, keep, batch = BATCH, intervalMs = INTERVAL_MS }: PruneOptions,
  logger: Logger,
): Prune {
  const stopping = new AbortController();

  async function pruneAll(): Promise<void> {
    for (const status of ['success', 'failed'] as const) {
      const keptMs = keep[status];
      if (keptMs === undefined) continue;
      for (const partition of partitions()) await pruneStatus(status, partition, keptMs);
    }
  }

  async function pruneStatus(status: keyof Retention, partition: number, keptMs: number): Promise<void> {
    let pruned = 0;
    try {
      for (;;) {
        if (stopping.signal.aborted || !connection.connected) return;
        const startedAt = performance.now();
        const bindings = { status, age: milliseconds(keptMs), limit: batch };
        const deleted = await writer.write(`RETURN ${pruneEnded(table, partition)}`, bindings);
        const count = Array.isArray(deleted) ? deleted.length : 0;
        pruned += count;
        // Fewer rows than the limit: there are no more, or the rest has a request of its owner.
        if (count < batch) return;
        await delay((performance.now() - startedAt) * PAUSE_PER_WORK, undefined, { signal: stopping.signal });
      }
    } finally {
      if (pruned > 0) logger.info({ backend, status, partition, pruned, keptMs }, 'pruned ended jobs');
    }
  }

  const poller = createPoller(intervalMs, pruneAll, (error) => {
    // The next round tries again. The connection logs when it is lost.
    if (stopping.signal.aborted || isAway(error)) return;
    logger.warn({ err: error, backend }, 'ended jobs could not be pruned');
  });

  return {
    start() {
      if (keep.success !== undefined || keep.failed !== undefined) poller.start();
    },
    notify: poller.notify,
    async stop() {
      stopping.abort();
      await poller.stop();
    },
  };
}
