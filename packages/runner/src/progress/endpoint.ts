/** Where backends report: gives each attempt its address and bearer, and takes what comes back. */
import type { Job } from '../job.ts';
import type { Logger } from '../logger.ts';
import type { Writer } from '../outbox/writer.ts';
import { type Attempt, createAttempts, type Lookup } from './attempts.ts';
import type { Progress } from './report.ts';
import { createProgressWriter } from './writer.ts';

/** Where, and with what, the backend may report on one attempt. */
export interface Reports {
  readonly url: string;
  readonly bearer: string;
  /** The attempt is over: its bearer is dead from now on. */
  close(): void;
}

export interface ProgressEndpoint {
  /**
   * Opens an attempt; undefined while nothing listens.
   * @param secret the backend's own token, which must not appear in what it reports
   */
  open(job: Job, secret: string | undefined): Reports | undefined;
  find(number: number, bearer: string | undefined): Lookup;
  report(attempt: Attempt, progress: Progress): void;
  /** From now on attempts are told to report there; until then they are told nothing. */
  listenAt(url: string): void;
  close(): Promise<void>;
}

export const PROGRESS_PATH = '/progress/';

export function createProgressEndpoint(writer: Writer, logger: Logger): ProgressEndpoint {
  const attempts = createAttempts();
  const reports = createProgressWriter(writer, logger);
  let address: string | undefined;

  return {
    open(job, secret) {
      if (address === undefined) return undefined;
      const attempt = attempts.begin(job, secret);
      return {
        url: address + attempt.number,
        bearer: attempt.bearer,
        close() {
          attempts.end(attempt);
          reports.forget(attempt);
        },
      };
    },
    find: attempts.find,
    report(attempt, { note, ...progress }) {
      // A careless backend may echo what it was called with.
      const shown = note !== undefined && attempt.secret ? note.replaceAll(attempt.secret, '[redacted]') : note;
      reports.report(attempt, { ...progress, ...(shown !== undefined && { note: shown }) });
    },
    listenAt(url) {
      address = url.replace(/\/+$/, '') + PROGRESS_PATH;
    },
    close: () => reports.close(),
  };
}
