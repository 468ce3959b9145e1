/** Fragments that several statements share. */

/** Appends to `errors`, keeps the last 25, and adds the database's time. */
export function pushError(error: string): string {
  return `errors = array::slice(array::push(errors ?? [], object::extend(${error}, { at: time::now() })), -25)`;
}

/**
 * What every write that ends a job sets. Its unique key is free for another job, and `run_at` is the time of its end:
 * pruning reads ended jobs by (status, partition, run_at), and that index entry is written at this moment anyway.
 */
export const END = 'active_key = NONE, run_at = time::now(), runner = NONE';
