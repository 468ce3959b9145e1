/** The progress endpoint: gives each attempt its URL and token, and accepts the reports. */
import type { Job } from '../job.ts';
import type { Logger } from '../logger.ts';
import type { Writer } from '../outbox/writer.ts';
import { type Attempt, createAttempts, type Lookup } from './attempts.ts';
import type { Progress } from './report.ts';
import { createProgressWriter } from './writer.ts';

/** Where the backend can report progress of one attempt, and with which token. */
export interface Reports {
  readonly url: string;
  readonly bearer: string;
  /** The attempt has ended: its token is invalid from now on. */
  close(): void;
}

/** Accepts the progress reports of all attempts of a runner. */
export interface ProgressEndpoint {
  /**
   * Opens an attempt for reports. Undefined while the runner does not listen.
   * @param secret the backend's own token, which must not appear in its reports
   */
  open(job: Job, secret: string | undefined): Reports | undefined;
  find(number: number, bearer: string | undefined): Lookup;
  report(attempt: Attempt, progress: Progress): void;
  /** Sets the URL that attempts get from now on. Before, attempts get none. */
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
      // A careless backend may echo the token that it was called with.
      const shown = note !== undefined && attempt.secret ? note.replaceAll(attempt.secret, '[redacted]') : note;
      reports.report(attempt, { ...progress, ...(shown !== undefined && { note: shown }) });
    },
    listenAt(url) {
      address = url.replace(/\/+$/, '') + PROGRESS_PATH;
    },
    close: () => reports.close(),
  };
}
