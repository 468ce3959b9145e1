/*
 * Writes an outcome to its rows. Index: none, by id.
 *
 * A row accepts only the outcome of this attempt: `retries` and `reruns` must equal the fetched values, so that a write
 * whose answer was lost is not applied twice. `$ids` and `$values` are lists of equal length.
 */
import { END, pushError } from './fragments.ts';

/** What is written to a row. `marked` is no outcome: it sets `processing`. */
export type WrittenKind = 'success' | 'retry' | 'failed' | 'released' | 'marked' | 'unreadable';

const SETS: Record<WrittenKind, string> = {
  success: `result = $value, status = 'success', ${END}`,
  retry: `${pushError('$value.error')}, run_at = time::now() + $value.delay, retries += 1, rescues = 0, status = 'pending',
    progress = NONE, runner = NONE`,
  // The owner's request to cancel is done.
  failed: `${pushError('$value')}, request = IF $value.code = 'cancelled' { NONE } ELSE { request }, status = 'failed', ${END}`,
  // A job that goes back keeps its `run_at`: it is next in the queue.
  released: `status = 'pending', progress = NONE, runner = NONE`,
  marked: `status = 'processing', runner = $runner`,
  // Also resets the fields that the runner owns, in case one of them is the invalid one.
  unreadable: `status = 'failed', retries = 0, reruns = 0, rescues = 0, result = NONE, progress = NONE, request = NONE,
    updated_at = time::now(), partition = IF type::is_int(partition) { partition } ELSE { 0 },
    errors = [object::extend($value, { at: time::now() })], ${END}`,
};

const OPEN = `status IN ['pending', 'processing']`;

function condition(kind: WrittenKind, n: number): string {
  if (kind === 'unreadable') return OPEN;
  const state = kind === 'marked' ? `status = 'pending'` : kind === 'released' ? `status = 'processing'` : OPEN;
  return `${state} AND retries = $retries${n} AND reruns = $reruns${n}`;
}

/**
 * For rows with one shared value, or none: the cheapest form. Reads `$ids<n>`, `$retries<n>`, `$reruns<n>`,
 * `$value<n>`.
 */
export function writeAlike(kind: WrittenKind, n: number): string {
  const sets = SETS[kind].replaceAll('$value', `$value${n}`);
  return `UPDATE $ids${n} SET ${sets} WHERE ${condition(kind, n)} RETURN VALUE id`;
}

/**
 * For a few rows with different values: the engine copies both lists for every row. Reads `$ids<n>`, `$values<n>`,
 * `$retries<n>`, `$reruns<n>`.
 */
export function writeEach(kind: WrittenKind, n: number): string {
  const value = `$values${n}[array::find_index($ids${n}, id)]`;
  return `UPDATE $ids${n} SET ${SETS[kind].replaceAll('$value', value)} WHERE ${condition(kind, n)} RETURN VALUE id`;
}
