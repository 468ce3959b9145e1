/** Statements about a table as a whole, run in the background. */
import { escapeIdent } from 'surrealdb';

/**
 * Deletes the oldest jobs with a terminal status in one partition. Index: (status, partition, run_at); for ended jobs
 * `run_at` is the time of their end. The index covers the whole condition, so the limit ends the scan. A job that its
 * owner wants to rerun stays.
 */
export function pruneEnded(table: string, partition: number): string {
  const old = `status = $status AND partition = ${partition} AND run_at < $old`;
  return `{ LET $old = time::now() - $age;
    DELETE (SELECT VALUE id FROM ${escapeIdent(table)} WHERE ${old} LIMIT $limit)
    WHERE ${old} AND request = NONE RETURN VALUE $before.id }`;
}

/**
 * Returns how long the oldest due job has waited, in milliseconds. Index: (status, partition, run_at), the first entry
 * of each partition.
 */
export function oldestDue(table: string, partitions: number): string {
  const first = Array.from(
    { length: partitions },
    (_, partition) =>
      `(SELECT VALUE run_at FROM ${escapeIdent(table)} WHERE status = 'pending' AND partition = ${partition} AND run_at >= NONE LIMIT 1)`,
  );
  return `{ LET $first = array::flatten([${first.join(', ')}]);
    RETURN IF $first = [] { NONE } ELSE { time::millis(time::now()) - time::millis(time::min($first)) } }`;
}

/**
 * Finds open jobs whose partition does not exist in this engine, such as rows of an earlier schema or written by hand.
 * Index: (status, partition, run_at), three ranges.
 */
export function findStrays(table: string, partitions: number, limit: number): string {
  const strays = ['= NONE', '< 0', `>= ${partitions}`].flatMap((range) =>
    ['pending', 'processing'].map(
      (status) =>
        `(SELECT VALUE id FROM (SELECT id, partition FROM ${escapeIdent(table)} WHERE status = '${status}' AND partition ${range})
          WHERE id NOT IN $except LIMIT ${limit})`,
    ),
  );
  return `RETURN array::flatten([${strays.join(', ')}])`;
}

/** Moves jobs to a partition that exists. Index: none, by id. */
export function adopt(partitions: number): string {
  return `UPDATE $ids SET partition = rand::int(0, ${partitions - 1})
    WHERE partition = NONE OR partition < 0 OR partition >= ${partitions} RETURN VALUE id`;
}
