/*
 * Deletes ended jobs that are older than they are to be kept, the oldest first, a bounded batch at a time.
 *
 * Ended jobs lie in the index by when they ended, so a batch costs the same however many there are, and with nothing
 * old enough next to nothing. Between batches the database is left alone for a moment, so claims are never behind more
 * than one. Each runner prunes the partitions that it owns.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { createPoller } from '../poller.ts';
import { milliseconds } from './duration.ts';
import { pruneEnded } from './sql/maintenance.ts';
import type { Writer } from './writer.ts';

/** For how long ended jobs are kept, in milliseconds; those without an age for ever. */
export interface Retention {
  readonly success?: number | undefined;
  readonly failed?: number | undefined;
}

export interface Prune {
  start(): void;
  /** There may be partitions that were not owned before. */
  notify(): void;
  /** Resolves when the batch under way is done. */
  stop(): Promise<void>;
}

export interface PruneOptions {
  /** Named in the log. */
  readonly backend: string;
  readonly table: string;
  /** Those that this runner owns, now. */
  readonly partitions: () => Iterable<number>;
  readonly keep: Retention;
  /** Rows of one statement; 50 by default. */
  readonly batch?: number;
  /** How often it is looked for what is too old, in milliseconds; a minute by default. */
  readonly intervalMs?: number;
}

/** A row takes 0.3 to 1.5 ms, and nobody should wait behind a batch for long. */
const BATCH = 50;
const INTERVAL_MS = 60_000;
/** The share of time that may go into deleting while there is much to delete: a third. */
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
        // Fewer: there is no more, or the rest is asked for by its owners.
        if (count < batch) return;
        await delay((performance.now() - startedAt) * PAUSE_PER_WORK, undefined, { signal: stopping.signal });
      }
    } finally {
      if (pruned > 0) logger.info({ backend, status, partition, pruned, keptMs }, 'pruned ended jobs');
    }
  }

  const poller = createPoller(intervalMs, pruneAll, (error) => {
    // Whatever it is, the next round tries again; a lost connection is told by itself.
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
