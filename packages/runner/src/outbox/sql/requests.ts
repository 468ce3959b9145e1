/** Statements about what owners ask for. */
import { escapeIdent } from 'surrealdb';
import { END, pushError } from './ended.ts';

const attempt = `object::extend($error, { attempt: retries + 1 })`;

/** What the owner of a job may ask for. */
export type Request = 'cancel' | 'retry';

export interface RequestRead {
  readonly request: Request;
  readonly partition: number;
  /** Rows that are passed over. */
  readonly start: number;
}

/**
 * Index: (request, partition), whole for each read, so that the limit may end the scan; and its first entry of any request, since mostly
 * there is none. Gives one list of `[id, status]` for each read, in their order, or nothing.
 */
export function readRequests(table: string, reads: readonly RequestRead[]): string {
  const name = escapeIdent(table);
  const lists = reads.map(
    ({ request, partition, start }) =>
      `(SELECT VALUE [id, status] FROM ${name} WHERE request = '${request}' AND partition = ${partition} LIMIT $limit START ${start})`,
  );
  return `RETURN IF (SELECT VALUE id FROM ${name} WHERE request >= 'cancel' LIMIT 1) = [] { [] } ELSE { [${lists.join(', ')}] }`;
}

/** Index: none, by id. Those of `$ids` that are to be cancelled. */
export const READ_CANCELS = `SELECT VALUE id FROM $ids WHERE request = 'cancel'`;

/** Index: none, by id. */
export const CANCEL_PENDING = `UPDATE $ids SET ${pushError(attempt)}, status = 'failed', ${END}, request = NONE
  WHERE status = 'pending' AND request = 'cancel' RETURN VALUE id`;

/** Index: none, by id. What its owner asked for cannot be done; `$error` says why. */
export const REFUSE_RERUN = `UPDATE $ids SET ${pushError(attempt)}, request = NONE
  WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;

/** Index: none, by id. No more waiting for the backoff. */
export const DUE_NOW = `UPDATE $ids SET run_at = time::now(), request = NONE
  WHERE status = 'pending' AND request = 'retry' RETURN VALUE id`;

/** Index: none, by id. What cannot be done any more, or is being done already. */
export const CLEAR_REQUEST = `UPDATE $ids SET request = NONE
  WHERE (request = 'retry' AND status NOT IN ['pending', 'failed'])
  OR (request = 'cancel' AND status NOT IN ['pending', 'processing']) RETURN VALUE id`;

/**
 * Index: none, by id. A new run: it has all its retries again, and lost runners are forgotten. It takes its key again, and is
 * refused by the database when another job has it.
 */
export function rerun(table: string): string {
  return `UPDATE $ids SET status = 'pending', retries = 0, rescues = 0, reruns += 1, run_at = time::now(),
    active_key = IF unique_key != NONE { fn::${escapeIdent(table)}::active_key(created_by, path, unique_key) },
    request = NONE, result = NONE, progress = NONE WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;
}
