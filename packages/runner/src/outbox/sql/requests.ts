/** Statements about what owners ask for. */
import { escapeIdent } from 'surrealdb';
import { END, pushError } from './ended.ts';

const attempt = `object::extend($error, { attempt: retries + 1 })`;

/** Index: (request), twice. A request says which partition it concerns, for only that one's owner acts on it. */
export function readRequests(table: string): string {
  const one = (request: string) =>
    `(SELECT id, status, request, partition, runner FROM ${escapeIdent(table)} WHERE request = '${request}' LIMIT $limit)`;
  return `RETURN array::concat(${one('cancel')}, ${one('retry')})`;
}

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
  WHERE (request = 'retry' AND status IN ['processing', 'success'])
  OR (request = 'cancel' AND status IN ['success', 'failed']) RETURN VALUE id`;

/**
 * Index: none, by id. A new run: it has all its retries again, and lost runners are forgotten. It takes its key again, and is
 * refused by the database when another job has it.
 */
export function rerun(table: string): string {
  return `UPDATE $ids SET status = 'pending', retries = 0, rescues = 0, reruns += 1, run_at = time::now(),
    active_key = IF unique_key != NONE { fn::${escapeIdent(table)}::active_key(created_by, path, unique_key) },
    request = NONE, result = NONE, progress = NONE WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;
}
