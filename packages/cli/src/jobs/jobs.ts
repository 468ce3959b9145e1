import { type RecordId, StringRecordId, type Surreal } from 'surrealdb';
import { CliError } from '../errors.ts';

/** A job as the command shows it. */
export interface Job {
  readonly id: RecordId;
  readonly status: string;
  readonly path: string;
  readonly retries: number;
  readonly max_retries: number;
  readonly created_at: { toDate(): Date };
  readonly errors: readonly { readonly code: string; readonly reason: string }[];
}

/** Newest first; the index on `status, run_at` serves the filter. */
const LIST = `
  SELECT id, status, path, retries, max_retries, created_at, errors FROM type::table($table)
  WHERE $status = NONE OR status = $status ORDER BY created_at DESC LIMIT $limit`;

const SHOW = 'SELECT * FROM ONLY $job';

/** The runner acts on the request and clears it; a job in another state is left alone. */
const REQUEST = {
  retry: `UPDATE $job SET request = 'retry' WHERE status = 'failed' RETURN id`,
  cancel: `UPDATE $job SET request = 'cancel' WHERE status IN ['pending', 'processing'] RETURN id`,
};

export async function listJobs(
  database: Surreal,
  { tables, status, limit }: { tables: readonly string[]; status: string | undefined; limit: number },
): Promise<Job[]> {
  const lists = await Promise.all(tables.map((table) => database.query<[Job[]]>(LIST, { table, status, limit })));
  return lists
    .flatMap(([jobs]) => jobs)
    .sort((a, b) => b.created_at.toDate().getTime() - a.created_at.toDate().getTime())
    .slice(0, limit);
}

/** @throws CliError `SPOOKY_CLI_NO_SUCH_JOB` */
export async function showJob(database: Surreal, id: string): Promise<Record<string, unknown>> {
  const [job] = await database.query<[Record<string, unknown> | undefined]>(SHOW, { job: new StringRecordId(id) });
  if (job === undefined) throw noSuchJob(id);
  // The claim is the runners' business: with its token one could write in their name.
  const { token, ...rest } = job;
  return rest;
}

/**
 * Asks the runner to start a failed job again, or to give up a waiting or running one.
 *
 * @throws CliError `SPOOKY_CLI_NO_SUCH_JOB` also when the job's state does not allow it
 */
export async function requestJob(database: Surreal, id: string, request: 'retry' | 'cancel'): Promise<void> {
  const [changed] = await database.query<[unknown[]]>(REQUEST[request], { job: new StringRecordId(id) });
  if (changed.length > 0) return;
  const { status } = await showJob(database, id);
  const needed =
    request === 'retry' ? 'Only failed jobs can be retried' : 'Only waiting and running jobs can be cancelled';
  throw new CliError(
    'SPOOKY_CLI_NO_SUCH_JOB',
    `${id} has the status ${String(status)}. ${needed}; see spooky jobs list.`,
  );
}

/** @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` unless it is a record of one of the outbox tables */
export function parseJobId(text: string, tables: readonly string[]): string {
  const table = text.slice(0, text.indexOf(':'));
  if (tables.includes(table) && text.length > table.length + 1) return text;
  throw new CliError(
    'SPOOKY_CLI_BAD_ARGUMENT',
    `${text} is no job; write its id as listed, such as ${tables[0] ?? 'job'}:abc.`,
  );
}

function noSuchJob(id: string): CliError {
  return new CliError('SPOOKY_CLI_NO_SUCH_JOB', `There is no job ${id}; see spooky jobs list.`);
}
