import { escapeIdent } from 'surrealdb';
import { END, pushError } from './ended.ts';

/**
 * Rows that say `processing` of a runner that is not alive, or of this one (`$runner`) although it does not work on them (`$mine`).
 * Index: (status, partition, run_at), the `processing` ones of one partition, which are no more than runners work on.
 *
 * A job that lost its runner goes back to the queue; one that has lost `$most` is failed, since while it ran no other job did that had
 * lost two. What this runner itself does not know any more has lost nothing. See `unfit.ts` for `$only` and `$passedOver`.
 */
export function recoverLost(table: string, partition: number): string {
  return `LET $living = (SELECT VALUE record::id(id) FROM spooky_runner WHERE alive);
    LET $rows = (SELECT id, runner FROM ${escapeIdent(table)} WHERE ${isProcessing(partition)}
      AND ($only = NONE OR id = $only));
    LET $unknown = (SELECT VALUE id FROM $rows WHERE runner = $runner AND id NOT IN $mine);
    LET $lost = (SELECT VALUE id FROM $rows WHERE runner != $runner AND runner NOT IN $living);
    UPDATE $unknown SET status = 'pending', progress = NONE, runner = NONE WHERE status = 'processing' RETURN NONE;
    LET $failed = (UPDATE $lost SET ${pushError('object::extend($error, { attempt: retries + 1 })')}, rescues += 1, progress = NONE,
      status = 'failed', ${END} WHERE rescues + 1 >= $most RETURN id, path, status, rescues);
    LET $again = (UPDATE $lost SET rescues += 1, progress = NONE, status = 'pending', runner = NONE
      WHERE status = 'processing' AND rescues + 1 < $most RETURN id, path, status, rescues);
    RETURN { unknown: $unknown, lost: array::concat($failed, $again) }`;
}

/** Those that `recoverLost` looks at. */
export function isProcessing(partition: number): string {
  return `status = 'processing' AND partition = ${partition} AND id NOT IN $passedOver`;
}
