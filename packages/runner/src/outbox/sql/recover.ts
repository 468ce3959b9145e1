import { escapeIdent } from 'surrealdb';
import { END, pushError } from './fragments.ts';

/** A younger mark may have been written after `$mine` was built. */
const SETTLED = '5s';

const LIVING = 'LET $living = (SELECT VALUE record::id(id) FROM spooky_runner WHERE alive);';
/**
 * LOST: of a runner that is not alive. UNKNOWN: of this runner (`$runner`), but not among the jobs that it works on
 * (`$mine`).
 */
const LOST = 'runner != $runner AND runner NOT IN $living';
const UNKNOWN = `runner = $runner AND id NOT IN $mine AND updated_at < time::now() - ${SETTLED}`;

/**
 * Finds `processing` jobs that no runner works on: lost ones in the partitions of this runner, and its own marks in any
 * partition, because it may have handed that partition over. Index: (status, partition, run_at), the `processing`
 * entries of each partition. There are no more of them than runners work on.
 */
export function findLost(table: string, owned: Iterable<number>, partitions: number): string {
  const rows = Array.from(
    { length: partitions },
    (_, partition) =>
      `(SELECT id, runner, updated_at, partition FROM ${escapeIdent(table)} WHERE status = 'processing' AND partition = ${partition})`,
  );
  return `{ ${LIVING}
    LET $rows = array::flatten([${rows.join(', ')}]);
    RETURN (SELECT VALUE id FROM $rows WHERE id NOT IN $except AND ((${LOST} AND partition IN [${[...owned].join(', ')}]) OR (${UNKNOWN}))) }`;
}

/**
 * Makes lost jobs due again. Index: none, by id. A job that has lost `$most` runners is failed: no other job that had
 * lost two was running at the same time. A job that this runner itself does not know counts as no loss. Returns the
 * jobs that lost their runner.
 */
export const RECOVER = `${LIVING}
  UPDATE $ids SET status = 'pending', progress = NONE, runner = NONE WHERE status = 'processing' AND ${UNKNOWN} RETURN NONE;
  LET $failed = (UPDATE $ids SET ${pushError('object::extend($error, { attempt: retries + 1 })')}, rescues += 1, progress = NONE,
    status = 'failed', ${END} WHERE status = 'processing' AND ${LOST} AND rescues + 1 >= $most RETURN id, path, status, rescues);
  LET $again = (UPDATE $ids SET rescues += 1, progress = NONE, status = 'pending', runner = NONE
    WHERE status = 'processing' AND ${LOST} RETURN id, path, status, rescues);
  RETURN array::concat($failed, $again)`;
