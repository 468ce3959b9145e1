import { escapeIdent } from 'surrealdb';
import { END, pushError } from './ended.ts';

/** A mark that is younger may be on its way while the list of those that this runner knows is. */
const SETTLED = '5s';

const LIVING = 'LET $living = (SELECT VALUE record::id(id) FROM spooky_runner WHERE alive);';
/** Of a runner that is not alive, or of this one (`$runner`) although it does not work on it (`$mine`). */
const LOST = 'runner != $runner AND runner NOT IN $living';
const UNKNOWN = `runner = $runner AND id NOT IN $mine AND updated_at < time::now() - ${SETTLED}`;

/**
 * Jobs that say `processing` and are not worked on: in the partitions of this runner, and of its own marks in any, since it may have handed
 * the partition over. Index: (status, partition, run_at), the `processing` ones of each partition, which are
 * no more than runners work on.
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
 * Index: none, by id. A job that lost its runner goes back to the queue; one that has lost `$most` is failed, since while it ran no
 * other job did that had lost two. What this runner itself does not know any more has lost nothing. Gives what lost its runner.
 */
export const RECOVER = `${LIVING}
  UPDATE $ids SET status = 'pending', progress = NONE, runner = NONE WHERE status = 'processing' AND ${UNKNOWN} RETURN NONE;
  LET $failed = (UPDATE $ids SET ${pushError('object::extend($error, { attempt: retries + 1 })')}, rescues += 1, progress = NONE,
    status = 'failed', ${END} WHERE status = 'processing' AND ${LOST} AND rescues + 1 >= $most RETURN id, path, status, rescues);
  LET $again = (UPDATE $ids SET rescues += 1, progress = NONE, status = 'pending', runner = NONE
    WHERE status = 'processing' AND ${LOST} RETURN id, path, status, rescues);
  RETURN array::concat($failed, $again)`;
