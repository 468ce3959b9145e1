/*
 * Reads due jobs of partitions. Index: (status, partition, run_at), from the cursor, in index order, up to the limit.
 *
 * The condition has no upper bound. The engine (3.0.2) uses one bound of a range for the index and applies the other as
 * a filter after the limit, so it would read jobs that are not due yet and discard them. Without the bound, they say
 * when to look again.
 */
import { escapeIdent } from 'surrealdb';

/** One read of one partition. */
export interface PartitionRead {
  readonly partition: number;
  /** Whole jobs, only the fields that identify the queue, or only ids. */
  readonly what: 'jobs' | 'keys' | 'ids';
  readonly limit: number;
  /** How many rows after the cursor to skip. */
  readonly start: number;
}

/** A larger payload, in bytes, is not fetched with the row, so that an answer is bounded. */
export const SMALL_PAYLOAD = 4_096;

/**
 * Measures the CBOR form: converting 8 MB to text would take the engine 150 ms, this takes 8. A value that cannot be
 * encoded, such as a regular expression, is an error.
 */
const BYTES = 'bytes::len(encoding::cbor::encode(payload))';

/**
 * The fields read of a job. Rows are returned as lists, without the field names in every row, which would be half of
 * the answer.
 */
const READ = {
  jobs: {
    ...{ id: 'id', path: 'path', payload: `IF ${BYTES} <= ${SMALL_PAYLOAD} { payload }` },
    ...{ run_at: 'run_at', retries: 'retries', max_retries: 'max_retries', retry_strategy: 'retry_strategy' },
    ...{ reruns: 'reruns', rescues: 'rescues', timeout: 'timeout' },
    ...{ assigned_to: 'assigned_to', created_by: 'created_by', request: 'request' },
  },
  /** Enough to know the queue of a job: about 16 µs a row. */
  keys: { id: 'id', run_at: 'run_at', created_by: 'created_by', path: 'path', rescues: 'rescues' },
  ids: { id: 'id' },
};

const selected = (what: PartitionRead['what']): string => `VALUE [${Object.values(READ[what]).join(', ')}]`;
const names = {
  jobs: Object.keys(READ.jobs),
  keys: Object.keys(READ.keys),
  ids: Object.keys(READ.ids),
};

/** Converts a row from a list to an object with its field names. */
export function fieldsOf(row: unknown, what: PartitionRead['what']): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (Array.isArray(row)) for (const [n, name] of names[what].entries()) fields[name] = row[n];
  return fields;
}

/**
 * Returns the database's time, and one list for each read, in order. The cursors are the bindings `$from0`, `$from1`
 * and so on.
 */
export function fetchJobs(table: string, reads: readonly PartitionRead[]): string {
  const lists = reads.map(
    (
      { partition, what, limit, start },
      n,
    ) => `(SELECT ${selected(what)} FROM ${escapeIdent(table)} WHERE status = 'pending'
      AND partition = ${partition} AND run_at >= $from${n} LIMIT ${limit}${start === 0 ? '' : ` START ${start}`})`,
  );
  return `RETURN [time::now(), ${lists.join(', ')}]`;
}

/** Index: none, by id. Returns the database's time, and the jobs of `$ids` that are still pending, in any order. */
export const FETCH_BY_ID = `RETURN [time::now(), (SELECT ${selected('jobs')} FROM $ids WHERE status = 'pending')]`;

/** Index: none, by id. Returns one payload, or its size in bytes if that is more than `$most`. */
export const FETCH_PAYLOAD = `SELECT VALUE IF ${BYTES} > $most { ${BYTES} } ELSE { payload }
  FROM ONLY $id`;
