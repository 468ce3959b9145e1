/*
 * Puts what backends report onto the rows: the latest report of each attempt, all of them in one statement, and not more
 * often than every 200 ms, however much is reported.
 *
 *   idle ──report──▶ waiting ──time──▶ writing ──done──▶ idle, or waiting if there was more meanwhile
 *
 * Progress is worth nothing afterwards: what cannot be written is dropped, and so is what is still waiting when its
 * attempt ends. The claim's token fences the rest.
 */
import type { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { REPORT } from '../statements.ts';
import type { Attempt } from './attempts.ts';
import type { Progress } from './report.ts';

export interface ProgressWriter {
  report(attempt: Attempt, progress: Progress): void;
  /** The attempt is over. */
  forget(attempt: Attempt): void;
  close(): Promise<void>;
}

const INTERVAL_MS = 200;

export function createProgressWriter(connection: Connection, logger: Logger): ProgressWriter {
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
    const tokens: string[] = [];
    const progress: Record<string, Progress> = {};
    for (const [{ job }, report] of latest) {
      ids.push(job.id);
      tokens.push(job.token);
      progress[job.token] = report;
    }
    latest.clear();
    writtenAt = performance.now();
    try {
      if (ids.length > 0) await connection.query(REPORT, { ids, tokens, progress });
    } catch (error) {
      if (!isAway(error)) logger.warn({ err: error }, 'progress could not be written');
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
