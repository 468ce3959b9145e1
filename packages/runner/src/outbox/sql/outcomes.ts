/*
 * What an outcome does to its row. Index: none, by id.
 *
 * A row takes the outcome of this attempt only: `retries` and `reruns` are those that were fetched, so that what was written before
 * its answer got lost is not written again. `$id` and `$value` stand for lists of equal length.
 */
import { END, pushError } from './ended.ts';

export type WrittenKind = 'success' | 'retry' | 'failed' | 'released' | 'marked' | 'unreadable';

const SETS: Record<WrittenKind, string> = {
  success: `result = $value, status = 'success', ${END}`,
  retry: `${pushError('$value.error')}, run_at = time::now() + $value.delay, retries += 1, rescues = 0, status = 'pending',
    progress = NONE, runner = NONE`,
  // A cancelled job has got what its owner asked for.
  failed: `${pushError('$value')}, request = IF $value.code = 'cancelled' { NONE } ELSE { request }, status = 'failed', ${END}`,
  // Of a job that goes back, `run_at` stays: it is next in the queue.
  released: `status = 'pending', progress = NONE, runner = NONE`,
  marked: `status = 'processing', runner = $runner`,
  // Also repairs what the runner owns, in case that is what makes no sense.
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

/** Rows that share a value, or have none: the cheapest. Reads `$ids<n>`, `$retries<n>`, `$reruns<n>`, `$value<n>`. */
export function writeAlike(kind: WrittenKind, n: number): string {
  const sets = SETS[kind].replaceAll('$value', `$value${n}`);
  return `UPDATE $ids${n} SET ${sets} WHERE ${condition(kind, n)} RETURN VALUE id`;
}

/**
 * Rows with a value each. For few rows: the engine copies both lists for every row. Reads `$ids<n>`, `$values<n>`, `$retries<n>`,
 * `$reruns<n>`.
 */
export function writeEach(kind: WrittenKind, n: number): string {
  const value = `$values${n}[array::find_index($ids${n}, id)]`;
  return `UPDATE $ids${n} SET ${SETS[kind].replaceAll('$value', value)} WHERE ${condition(kind, n)} RETURN VALUE id`;
}
