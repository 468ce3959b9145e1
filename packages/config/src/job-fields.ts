/**
 * The fields of a job that a client sets, on creation and later. Only the database and the runner set all other fields,
 * whatever permissions the fields have. A client requests a delay, and the database computes `run_at` from it.
 *
 * The template of the outbox, the gateway and the generated types use this list.
 */
export const CLIENT_SETS = {
  create: ['assigned_to', 'path', 'payload', 'max_retries', 'retry_strategy', 'timeout', 'unique_key'],
  update: ['request'],
} as const;
