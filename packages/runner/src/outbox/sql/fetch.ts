/*
 * Reads due jobs of partitions. Index: (status, partition, run_at), from the cursor on, in its order, up to the limit.
 *
 * There is no upper bound in the condition. The engine (3.0.2) uses one bound of a range for the index and filters by the other
 * after the limit, so jobs that are not due yet would be read and thrown away; as they are, they say when to look again.
 */
import { escapeIdent } from 'surrealdb';

export interface PartitionRead {
  readonly partition: number;
  /** Whole jobs, or only what says whose turn it is, or ids. */
  readonly what: 'jobs' | 'keys' | 'ids';
  readonly limit: number;
  /** Rows after the cursor that are passed over. */
  readonly start: number;
}

/** A payload of more bytes does not come with the row, so that an answer is bounded. */
export const SMALL_PAYLOAD = 4_096;

/** As text, one of 8 MB would take the engine 150 ms; so it is 8. A value without such a form, as a regular expression, is an error. */
const BYTES = 'bytes::len(encoding::cbor::encode(payload))';

/** What is read of a job. As lists: their fields are not named in every row, which is half of what an answer holds. */
const READ = {
  jobs: {
    ...{ id: 'id', path: 'path', payload: `IF ${BYTES} <= ${SMALL_PAYLOAD} { payload }` },
    ...{ run_at: 'run_at', retries: 'retries', max_retries: 'max_retries', retry_strategy: 'retry_strategy' },
    ...{ reruns: 'reruns', rescues: 'rescues', timeout: 'timeout' },
    ...{ assigned_to: 'assigned_to', created_by: 'created_by', request: 'request' },
  },
  /** As much as it takes to know whose turn it is: about 16 µs a row. */
  keys: { id: 'id', run_at: 'run_at', created_by: 'created_by', path: 'path', rescues: 'rescues' },
  ids: { id: 'id' },
};

const selected = (what: PartitionRead['what']): string => `VALUE [${Object.values(READ[what]).join(', ')}]`;
const names = {
  jobs: Object.keys(READ.jobs),
  keys: Object.keys(READ.keys),
  ids: Object.keys(READ.ids),
};

/** A row by the names of its fields. */
export function fieldsOf(row: unknown, what: PartitionRead['what']): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (Array.isArray(row)) for (const [n, name] of names[what].entries()) fields[name] = row[n];
  return fields;
}

/** Gives the database's time, and one list for each read, in their order. The cursors are `$from0`, `$from1` and so on. */
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

/** Index: none, by id. The jobs of `$ids` that are still pending, in any order, after the database's time. */
export const FETCH_BY_ID = `RETURN [time::now(), (SELECT ${selected('jobs')} FROM $ids WHERE status = 'pending')]`;

/** Index: none, by id. One payload, or how many bytes it has where that is more than `$most`. */
export const FETCH_PAYLOAD = `SELECT VALUE IF ${BYTES} > $most { ${BYTES} } ELSE { payload }
  FROM ONLY $id`;
