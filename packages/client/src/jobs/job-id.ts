import type { RecordId } from 'surrealdb';
import { ClientError } from '../errors.ts';
import { requireRecordId } from '../query/schema-lookup.ts';
import type { SchemaDefinition } from '../schema-types.ts';

declare const result: unique symbol;

/** The id of a job. It carries the type of the job's result, which does not exist at run time. */
export type JobId<Result = unknown> = RecordId & { readonly [result]?: Result };

/** The id of a job as input: of a job that was started here, or of a row, or as text, for example from a URL. */
export type JobIdInput<Result = unknown> = JobId<Result> | `${string}:${string}`;

/**
 * Returns the RecordId if its table is that of a backend.
 *
 * @param table the job table that it must be of. Default: that of any backend
 * @throws SPOOKY_CLIENT_NOT_A_JOB
 */
export function requireJobId(schema: SchemaDefinition, given: unknown, table?: string): RecordId {
  const id = requireRecordId(given, notAJob);
  const tables = table === undefined ? Object.values(schema.backends).map((backend) => backend.table) : [table];
  if (tables.includes(id.table.name)) return id;
  throw notAJob(`${id} is not the id of a job. Use the id that run returns, or that of a row of ${tables.join(', ')}.`);
}

function notAJob(message: string): ClientError {
  return new ClientError('SPOOKY_CLIENT_NOT_A_JOB', message);
}
