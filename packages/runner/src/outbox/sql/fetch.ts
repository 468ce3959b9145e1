/*
 * Reads due jobs of partitions. Index: (status, partition, run_at), from the cursor on, in its order, up to the limit.
 *
 * There is no upper bound in the condition. The engine (3.0.2) uses one bound of a range for the index and filters by the other
 * after the limit, so jobs that are not due yet would be read and thrown away; as they are, they say when to look again.
 */
import { escapeIdent } from 'surrealdb';

export interface PartitionRead {
  readonly partition: number;
  /** Whole jobs, or only what says whose turn it is, which costs about 16 µs a row, or ids. */
  readonly what: 'jobs' | 'keys' | 'ids';
  readonly limit: number;
  /** Rows after the cursor that are passed over. */
  readonly start: number;
}

/** A payload of more characters does not come with the row, so that an answer is bounded. */
export const SMALL_PAYLOAD = 4_096;

const FIELDS = `id, path, (IF string::len(<string> payload) <= ${SMALL_PAYLOAD} { payload }) AS payload, run_at, retries,
  max_retries, retry_strategy, reruns, rescues, timeout, assigned_to, created_by, request`;

const SELECTED = { jobs: FIELDS, keys: 'id, run_at, created_by, path', ids: 'VALUE id' };

/** Gives the database's time, and one list for each read, in their order. The cursors are `$from0`, `$from1` and so on. */
export function fetchJobs(table: string, reads: readonly PartitionRead[]): string {
  const lists = reads.map(
    ({ partition, what, limit, start }, n) => `(SELECT ${SELECTED[what]} FROM ${escapeIdent(table)} WHERE status = 'pending'
      AND partition = ${partition} AND run_at >= $from${n} LIMIT ${limit}${start === 0 ? '' : ` START ${start}`})`,
  );
  return `RETURN [time::now(), ${lists.join(', ')}]`;
}

/** Index: none, by id. The jobs of `$ids` that are still pending, in any order, after the database's time. */
export const FETCH_BY_ID = `RETURN [time::now(), (SELECT ${FIELDS} FROM $ids WHERE status = 'pending')]`;

/** Index: none, by id. One payload, or how long it is where that is more than `$most` characters. */
export const FETCH_PAYLOAD = `SELECT VALUE IF string::len(<string> payload) > $most { string::len(<string> payload) } ELSE { payload }
  FROM ONLY $id`;
