/** Pieces that several statements share. */

/** Appends to `errors`, keeps the last 25, and stamps with the database's clock. */
export function pushError(error: string): string {
  return `errors = array::slice(array::push(errors ?? [], object::extend(${error}, { at: time::now() })), -25)`;
}

/**
 * What every write that ends a job sets: its key is free for another job, and `run_at` says when it ended, for the
 * pruning reads ended jobs by (status, partition, run_at), an entry that is written now in any case.
 */
export const END = 'active_key = NONE, run_at = time::now(), runner = NONE';
