/** Statements about owners' requests. */
import { escapeIdent } from 'surrealdb';
import { END, pushError } from './fragments.ts';

const attempt = `object::extend($error, { attempt: retries + 1 })`;

/** What the owner of a job may request. */
export type Request = 'cancel' | 'retry';

/** One read of requests in one partition. */
export interface RequestRead {
  readonly request: Request;
  readonly partition: number;
  /** How many rows to skip. */
  readonly start: number;
}

/**
 * Reads requests. Index: (request, partition), which covers the whole condition of each read, so the limit ends the
 * scan. Checks the first index entry of any request before, because mostly there is none. Returns one list of `[id,
 * status]` for each read, in order, or an empty list.
 */
export function readRequests(table: string, reads: readonly RequestRead[]): string {
  const name = escapeIdent(table);
  const lists = reads.map(
    ({ request, partition, start }) =>
      `(SELECT VALUE [id, status] FROM ${name} WHERE request = '${request}' AND partition = ${partition} LIMIT $limit START ${start})`,
  );
  return `RETURN IF (SELECT VALUE id FROM ${name} WHERE request >= 'cancel' LIMIT 1) = [] { [] } ELSE { [${lists.join(', ')}] }`;
}

/** Returns those of `$ids` that their owners want cancelled. Index: none, by id. */
export const READ_CANCELS = `SELECT VALUE id FROM $ids WHERE request = 'cancel'`;

/** Cancels pending jobs. Index: none, by id. */
export const CANCEL_PENDING = `UPDATE $ids SET ${pushError(attempt)}, status = 'failed', ${END}, request = NONE
  WHERE status = 'pending' AND request = 'cancel' RETURN VALUE id`;

/** Refuses a rerun; `$error` says why. Index: none, by id. */
export const REFUSE_RERUN = `UPDATE $ids SET ${pushError(attempt)}, request = NONE
  WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;

/** Ends the wait for the backoff. Index: none, by id. */
export const DUE_NOW = `UPDATE $ids SET run_at = time::now(), request = NONE
  WHERE status = 'pending' AND request = 'retry' RETURN VALUE id`;

/** Clears requests that can no longer be done, or are being done already. Index: none, by id. */
export const CLEAR_REQUEST = `UPDATE $ids SET request = NONE
  WHERE (request = 'retry' AND status NOT IN ['pending', 'failed'])
  OR (request = 'cancel' AND status NOT IN ['pending', 'processing']) RETURN VALUE id`;

/**
 * Starts a new run with all its retries, and resets the count of lost runners. Index: none, by id. Takes the unique key
 * again; the database refuses it if another job has the key.
 */
export function rerun(table: string): string {
  return `UPDATE $ids SET status = 'pending', retries = 0, rescues = 0, reruns += 1, run_at = time::now(),
    active_key = IF unique_key != NONE { fn::${escapeIdent(table)}::active_key(created_by, path, unique_key) },
    request = NONE, result = NONE, progress = NONE WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;
}
