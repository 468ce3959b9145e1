import type { JobFailure } from './job-view.ts';

/** The texts for a route's jobs. Each text is a whole sentence unless stated otherwise. */
export interface JobWords {
  /** The label of the button that starts a job: one or two words. */
  readonly start: string;
  /** Shown if there is no job yet. */
  readonly idle: string;
  /** Shown while an attempt runs. */
  readonly running: string;
  /** Shown if the latest job succeeded. */
  readonly done: string;
  /**
   * Why an attempt failed and what helps, by the code that the runner records, such as `http_422` or `backend_timeout`. A
   * code that is missing here has a general sentence. The backend's own message is shown only under "Details".
   */
  readonly failures?: Readonly<Record<string, string>>;
}

const PROBLEM = 'The service that does this had a problem.';
const REFUSED = 'The service that does this did not accept the job.';

/** The codes of the runner itself, and the statuses that mean the same for every route. */
const general: ReadonlyMap<string, string> = new Map([
  ['backend_unreachable', 'The service that does this is unreachable at the moment.'],
  ['backend_timeout', 'The service that does this took too long.'],
  ['runner_lost', 'The work was interrupted several times.'],
  ['outcome_unwritable', 'The result could not be stored.'],
  ['payload_too_large', 'This is too much for one job.'],
  ['unique_key_taken', 'Another job of the same kind is already in progress.'],
  ['http_401', 'This site is not allowed to use the service behind it.'],
  ['http_403', 'You are not allowed to do this.'],
  ['http_404', 'The record of this job no longer exists.'],
  ['http_408', 'The service that does this took too long.'],
  ['http_409', 'It was changed by someone else at the same time.'],
  ['http_429', 'The service that does this is busy at the moment.'],
  ['http_502', 'The service that does this had a problem.'],
  ['http_503', 'The service that does this is not available at the moment.'],
  ['http_504', 'The service that does this took too long.'],
]);

/** Returns why an attempt failed, in one sentence for the job's owner. */
export function failureText({ code }: Pick<JobFailure, 'code'>, { failures = {} }: Pick<JobWords, 'failures'>): string {
  const own = Object.hasOwn(failures, code) ? failures[code] : undefined;
  return own ?? general.get(code) ?? (/^http_5/.test(code) ? PROBLEM : REFUSED);
}

/** Whether the same job may succeed later without any change. */
export function isPassing({ code }: Pick<JobFailure, 'code'>): boolean {
  return /^(backend_|http_5|http_4(08|09|25|29)$|runner_lost$|outcome_unwritable$)/.test(code);
}
