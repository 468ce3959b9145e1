import type { DateTime, RecordId } from 'surrealdb';
import { ClientError } from '../errors.ts';
import type { LiveState } from '../live/live-state.ts';
import type { JobError, JobProgress, JobRow } from './job-row.ts';

/**
 * The state of a job.
 *
 *   loading ─▶ waiting ──attempt──▶ running ──▶ succeeded
 *                 ▲ └─────────────────┤ └─────▶ failed ──retry──▶ waiting
 *                 └───the next retry──┘
 *
 * An attempt of less than 100 ms does not show as `running`. While the connection is lost, the last state stays.
 */
export type JobState<Result = unknown> =
  /** Not read yet, or no user is signed in. */
  | { readonly kind: 'loading'; readonly row: undefined }
  /** It waits for its first attempt, for a retry, or for the runner to act on the owner's request for a retry. */
  | {
      readonly kind: 'waiting';
      readonly row: JobRow<Result>;
      /** When the next attempt is due. */
      readonly runAt: DateTime;
      /** Number of retries made. */
      readonly retries: number;
    }
  | {
      readonly kind: 'running';
      readonly row: JobRow<Result>;
      readonly progress: JobProgress | undefined;
    }
  | {
      readonly kind: 'succeeded';
      readonly row: JobRow<Result>;
      /**
       * The backend's JSON answer. It is not checked against the spec. A body that is empty, no JSON or too long is
       * undefined.
       */
      readonly result: Result;
    }
  /** It has ended without success. A cancelled job has the code `cancelled`. */
  | {
      readonly kind: 'failed';
      readonly row: JobRow<Result>;
      /** The failures of its attempts, the last one at the end. */
      readonly errors: readonly JobError[];
      /** SPOOKY_CLIENT_JOB_FAILED. `reason` is the code of the last failure. */
      readonly error: ClientError;
    }
  /** There is no such job, or the user may not see it. `error` is SPOOKY_CLIENT_JOB_MISSING. */
  | { readonly kind: 'missing'; readonly row: undefined; readonly error: ClientError }
  /** The gateway refuses to read the job at the moment. It is read again after a reconnect. */
  | { readonly kind: 'unreadable'; readonly row: JobRow<Result> | undefined; readonly error: ClientError };

const LOADING = { kind: 'loading', row: undefined } as const;

/** The state before anything was read. */
export function initialJobState(): JobState<never> {
  return LOADING;
}

/**
 * The state of a job after its query has changed.
 *
 * @param path the route that the job must be of. Default: any
 */
export function jobStateOf<Result>(
  id: RecordId,
  live: LiveState<JobRow<Result> | null>,
  path: string | undefined,
): JobState<Result> {
  switch (live.kind) {
    case 'loading':
      return LOADING;
    case 'failed':
      return { kind: 'unreadable', row: live.data ?? undefined, error: live.error };
    default: {
      const row = live.data;
      return row === null || (path !== undefined && row.path !== path) ? missing(id, path) : stateOfRow(row);
    }
  }
}

function stateOfRow<Result>(row: JobRow<Result>): JobState<Result> {
  switch (row.status) {
    case 'pending':
      return waiting(row);
    case 'processing':
      return { kind: 'running', row, progress: row.progress };
    case 'success':
      // The type of the result is the spec's.
      return { kind: 'succeeded', row, result: row.result as Result };
    case 'failed':
      // The runner is about to run it again.
      return row.request === 'retry' ? waiting(row) : failed(row);
  }
}

function waiting<Result>(row: JobRow<Result>): JobState<Result> {
  return { kind: 'waiting', row, runAt: row.run_at, retries: row.retries };
}

function failed<Result>(row: JobRow<Result>): JobState<Result> {
  const last = row.errors.at(-1);
  const error = new ClientError(
    'SPOOKY_CLIENT_JOB_FAILED',
    `The job ${row.id} has failed: ${last?.reason ?? 'its row has no error.'} Call retry to run it again.`,
    { reason: last?.code },
  );
  return { kind: 'failed', row, errors: row.errors, error };
}

function missing(id: RecordId, path: string | undefined): JobState<never> {
  const what = path === undefined ? '' : ` of ${path}`;
  const error = new ClientError(
    'SPOOKY_CLIENT_JOB_MISSING',
    `There is no job ${id}${what}, or it belongs to another user. Check the id.`,
  );
  return { kind: 'missing', row: undefined, error };
}
