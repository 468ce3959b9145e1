/** Statements about a table as a whole, at leisure. */
import { escapeIdent } from 'surrealdb';

/**
 * Index: (status, partition, run_at), the oldest of a terminal status in one partition; there `run_at` is when the job ended. The limit
 * may end the scan, since the index covers the condition whole. One that its owner wants to run again stays.
 */
export function pruneEnded(table: string, partition: number): string {
  const old = `status = $status AND partition = ${partition} AND run_at < $old`;
  return `{ LET $old = time::now() - $age;
    DELETE (SELECT VALUE id FROM ${escapeIdent(table)} WHERE ${old} LIMIT $limit)
    WHERE ${old} AND request = NONE RETURN VALUE $before.id }`;
}

/** Index: (status, partition, run_at), the first entry of each partition. Gives for how many milliseconds the oldest is due. */
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
 * Index: (status, partition, run_at), three ranges. Jobs that are open and in no partition of this engine, as rows of an earlier
 * schema or written by hand may be.
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

/** Index: none, by id. Gives jobs a partition that somebody owns. */
export function adopt(partitions: number): string {
  return `UPDATE $ids SET partition = rand::int(0, ${partitions - 1})
    WHERE partition = NONE OR partition < 0 OR partition >= ${partitions} RETURN VALUE id`;
}
