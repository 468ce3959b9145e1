/**
 * The fields of a job that its client sets, when it makes the job and later. All others are the database's or the runner's,
 * whatever permissions the fields have; a delay is asked for, and the database computes `run_at` from it.
 *
 * The outbox's template, the gateway and the generated types go by this list.
 */
export const CLIENT_SETS = {
  create: ['assigned_to', 'path', 'payload', 'max_retries', 'retry_strategy', 'timeout', 'unique_key'],
  update: ['request'],
} as const;
