/*
 * Writes progress reports to the rows: the latest report of each attempt, all of them in one statement, at most every
 * 200 ms.
 *
 *   idle ──report──▶ waiting ──time──▶ writing ──done──▶ idle, or waiting if there was another report meanwhile
 *
 * Progress has no value later: a report that cannot be written is dropped, and so is one that still waits when its
 * attempt ends.
 */
import type { RecordId } from 'surrealdb';
import { isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { WRITE_PROGRESS } from '../outbox/sql/progress.ts';
import type { Writer } from '../outbox/writer.ts';
import { isFenced } from '../ownership/fence.ts';
import type { Attempt } from './attempts.ts';
import type { Progress } from './report.ts';

/** Writes the latest report of each attempt. */
export interface ProgressWriter {
  report(attempt: Attempt, progress: Progress): void;
  /** The attempt has ended. */
  forget(attempt: Attempt): void;
  close(): Promise<void>;
}

const INTERVAL_MS = 200;

export function createProgressWriter(writer: Writer, logger: Logger): ProgressWriter {
  const latest = new Map<Attempt, Progress>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  function schedule(): void {
    if (closed || timer !== undefined || writing !== undefined || latest.size === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        writing = write().finally(() => {
          writing = undefined;
          schedule();
        });
      },
      Math.max(0, writtenAt + INTERVAL_MS - performance.now()),
    );
  }

  async function write(): Promise<void> {
    const ids: RecordId[] = [];
    const retries: number[] = [];
    const values: Progress[] = [];
    for (const [{ job }, report] of latest) {
      ids.push(job.id);
      retries.push(job.retries);
      values.push(report);
    }
    latest.clear();
    writtenAt = performance.now();
    try {
      if (ids.length > 0) await writer.write(WRITE_PROGRESS, { ids, retries, values });
    } catch (error) {
      if (!isAway(error) && !isFenced(error)) logger.warn({ err: error }, 'progress could not be written');
    }
  }

  return {
    report(attempt, progress) {
      latest.set(attempt, progress);
      schedule();
    },
    forget: (attempt) => void latest.delete(attempt),
    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
