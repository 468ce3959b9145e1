/** Statements about a table as a whole, at leisure. */
import { escapeIdent } from 'surrealdb';
import { writeAlike } from './outcomes.ts';

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
 * schema or written by hand may be, get one. See `unfit.ts` for `$only` and `$passedOver`.
 */
export function adopt(table: string, partitions: number): string {
  const strays = strayRanges(partitions).map(
    (range) =>
      `(SELECT VALUE id FROM (SELECT id, partition FROM ${escapeIdent(table)} WHERE ${range} AND id NOT IN $passedOver) LIMIT 100)`,
  );
  return `LET $strays = IF $only = NONE { array::flatten([${strays.join(', ')}]) } ELSE { [$only] };
    RETURN (UPDATE $strays SET partition = rand::int(0, ${partitions - 1}) RETURN VALUE id)`;
}

/** Those that `adopt` means. */
export function isStray(partitions: number): string {
  return `(${strayRanges(partitions).join(' OR ')}) AND id NOT IN $passedOver LIMIT 600`;
}

function strayRanges(partitions: number): string[] {
  return ['= NONE', '< 0', `>= ${partitions}`].flatMap((range) =>
    ['pending', 'processing'].map((status) => `(status = '${status}' AND partition ${range})`),
  );
}

/** Index: none, by id. Fails `$ids0` with `$value0`, and repairs what the runner owns. */
export const FAIL_UNFIT = writeAlike('unreadable', 0).replace(' SET ', ' SET partition = 0, ');
