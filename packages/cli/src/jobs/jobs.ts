import { closest } from '@spookify/config';
import type { Queries } from '@spookify/surreal-link';
import { BoundExcluded, BoundIncluded, escapeIdent, type RecordId, RecordIdRange } from 'surrealdb';
import { CliError } from '../errors.ts';
import { livesOf, readOwners } from './runners.ts';
import { type JobFacts, type JobRunner, type Why, whyOf } from './why.ts';
import type { Outbox } from './with-jobs.ts';

/** A job as `spooky jobs list` shows it. */
export interface Job {
  readonly id: RecordId;
  readonly status: string;
  readonly path: string;
  readonly retries: number;
  readonly max_retries: number;
  readonly created_at: { toDate(): Date };
  /** Milliseconds until a pending job is due, by the database's clock. Absent if it is due or not pending. */
  readonly due_in_ms?: number | null;
  readonly errors: readonly { readonly code: string; readonly reason: string }[];
}

/**
 * The newest jobs first. With a status, reads all its entries in the index (status, partition, run_at), otherwise the whole table.
 * The statement must contain the name of the table. With `type::table($table)`, the engine (3.0.2) applies the limit before it
 * sorts, and returns the wrong rows.
 */
const listOf = (table: string, status: string | undefined): string => `
  SELECT id, status, path, retries, max_retries, created_at, errors,
    (IF status = 'pending' AND run_at > time::now() { time::millis(run_at) - time::millis(time::now()) }) AS due_in_ms
  FROM ${table} WHERE ${status === undefined ? '' : 'status = $status AND '}($path = NONE OR path = $path)
  ORDER BY created_at DESC LIMIT $limit`;

/**
 * A job, the number of running jobs of its table, and the number of jobs of its partition that are due before it. Both numbers come
 * from the index (status, partition, run_at), up to a limit.
 */
const showOf = (table: string): string => `
  LET $run_at = (SELECT VALUE run_at FROM ONLY $job);
  LET $partition = (SELECT VALUE partition FROM ONLY $job);
  RETURN {
    now: time::now(),
    job: (SELECT * FROM ONLY $job),
    running: count(SELECT VALUE 1 FROM ${table} WHERE status = 'processing' LIMIT 1000),
    ahead: count(SELECT VALUE 1 FROM ${table} WHERE status = 'pending' AND partition = $partition AND run_at < $run_at LIMIT 1000)
  }`;

/** The runner acts on the request and clears it. Jobs with another status do not change. */
const REQUEST = {
  retry: `UPDATE $job SET request = 'retry'
    WHERE status = 'failed' OR (status = 'pending' AND run_at > time::now()) RETURN id`,
  cancel: `UPDATE $job SET request = 'cancel' WHERE status IN ['pending', 'processing'] RETURN id`,
};

export interface JobFilter {
  readonly tables: readonly string[];
  readonly status: string | undefined;
  readonly path: string | undefined;
  readonly limit: number;
}

export async function listJobs(database: Queries, { tables, status, path, limit }: JobFilter): Promise<Job[]> {
  const lists = await Promise.all(
    tables.map((table) => database.queryAll<[Job[]]>(listOf(escapeIdent(table), status), { status, path, limit })),
  );
  return lists
    .flatMap(([jobs]) => jobs)
    .sort((a, b) => b.created_at.toDate().getTime() - a.created_at.toDate().getTime())
    .slice(0, limit);
}

/**
 * Lists jobs whose ids are `prefix` followed by a digit, in descending order of their ids. Uses no index, and reads the whole range
 * of ids.
 */
export async function listJobsFrom(database: Queries, table: string, prefix: string, limit: number): Promise<Job[]> {
  const range = new RecordIdRange(table, new BoundIncluded(`${prefix}0`), new BoundExcluded(`${prefix}:`));
  const statement = `SELECT id, status, path, retries, max_retries, created_at, errors FROM $range ORDER BY id DESC LIMIT $limit`;
  const [jobs] = await database.queryAll<[Job[]]>(statement, { range, limit });
  return jobs;
}

export interface ShownJob {
  readonly job: Record<string, unknown>;
  readonly why: Why;
}

interface Shown {
  readonly now: unknown;
  readonly job: Record<string, unknown> | undefined | null;
  readonly running: number;
  readonly ahead: number;
}

/**
 * Reads a job and explains its state. If a runner should work on the job, this waits for the runner's next beat.
 *
 * @param watchMs the longest time to wait, in milliseconds; see `livesOf`
 * @throws CliError `SPOOKY_CLI_NO_SUCH_JOB`, `SPOOKY_CLI_BAD_ARGUMENT` if the id cannot be parsed
 */
export async function showJob(database: Queries, id: string, watchMs?: number): Promise<ShownJob> {
  const table = id.slice(0, id.indexOf(':'));
  const statement = showOf(escapeIdent(table));
  const [, , shown] = await database.queryAll<[unknown, unknown, Shown]>(statement, {
    job: await recordOf(database, id),
  });
  if (!shown.job) throw noSuchJob(id);
  const facts = factsOf(shown.job, shown);
  return { job: shown.job, why: whyOf({ ...facts, ...(await runnersOf(database, table, shown.job, facts, watchMs)) }) };
}

/** The owner of the job's partition and the runner that its row names, each with whether it is alive. */
async function runnersOf(
  database: Queries,
  table: string,
  { partition, runner: named }: Record<string, unknown>,
  { status, request, dueInMs }: JobFacts,
  watchMs: number | undefined,
): Promise<Pick<JobFacts, 'owner' | 'runner'>> {
  const isDue = status === 'pending' && dueInMs <= 0;
  if (!isDue && status !== 'processing' && request === undefined) return {};
  const { byPartition } = await readOwners(database, table);
  const owner = typeof partition === 'number' ? byPartition.get(partition) : undefined;
  const runner = status === 'processing' && typeof named === 'string' ? named : undefined;
  const ids = [owner, runner].filter((id) => id !== undefined);
  const lives = await livesOf(database, table, ids, watchMs);
  const known = (id: string | undefined): JobRunner | undefined =>
    id === undefined ? undefined : { id, life: lives.get(id) ?? 'gone' };
  return { owner: known(owner), runner: known(runner) };
}

/** Extracts the facts from a row, which may contain anything. */
function factsOf(job: Record<string, unknown>, { now, running, ahead }: Shown): JobFacts {
  const from = millis(now) ?? 0;
  const last: unknown = Array.isArray(job.errors) ? job.errors.at(-1) : undefined;
  return {
    status: String(job.status),
    request: typeof job.request === 'string' ? job.request : undefined,
    retries: Number(job.retries) || 0,
    maxRetries: Number(job.max_retries) || 0,
    dueInMs: (millis(job.run_at) ?? from) - from,
    lastError: isError(last) ? last : undefined,
    ...{ running, ahead },
  };
}

function millis(time: unknown): number | undefined {
  if (typeof time !== 'object' || time === null || !('toDate' in time) || typeof time.toDate !== 'function') return;
  const date: unknown = time.toDate();
  return date instanceof Date ? date.getTime() : undefined;
}

function isError(entry: unknown): entry is { code: string; reason: string } {
  if (typeof entry !== 'object' || entry === null || !('code' in entry) || !('reason' in entry)) return false;
  return typeof entry.code === 'string' && typeof entry.reason === 'string';
}

/**
 * Parses an id. The database does it, because keys have many forms. The database ignores text after a valid id (it reads `job:a b` as
 * `job:a`), so the result must print as the input.
 */
async function recordOf(database: Queries, id: string): Promise<RecordId> {
  const read = await database.queryAll<[RecordId]>('RETURN type::record($id)', { id }).then(
    ([record]) => record,
    (error: unknown) => {
      if (error instanceof Error && /cast/i.test(error.message)) return undefined;
      throw error;
    },
  );
  if (read !== undefined && String(read) === id) return read;
  const hint = read === undefined ? 'copy it from spooky jobs list, in quotes.' : `did you mean ${read}?`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `${id} is not a valid id; ${hint}`);
}

/**
 * Asks the runner to retry a failed job or to start a delayed one now, or to cancel a pending or running one.
 *
 * @throws CliError `SPOOKY_CLI_NO_SUCH_JOB` if the job does not exist or its status does not allow the request
 */
export async function requestJob(database: Queries, id: string, request: 'retry' | 'cancel'): Promise<void> {
  const [changed] = await database.queryAll<[unknown[]]>(REQUEST[request], { job: await recordOf(database, id) });
  if (changed.length > 0) return;
  const { status } = (await showJob(database, id, 0)).job;
  const needed =
    request === 'retry'
      ? 'Only failed and delayed jobs can be retried'
      : 'Only pending and running jobs can be cancelled';
  throw new CliError(
    'SPOOKY_CLI_NO_SUCH_JOB',
    `${id} has the status ${String(status)}. ${needed}; see spooky jobs list.`,
  );
}

/**
 * Checks that an id belongs to one of the outbox tables.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`
 */
export function parseJobId(text: string, tables: readonly string[]): string {
  const table = text.slice(0, text.indexOf(':'));
  if (tables.includes(table) && text.length > table.length + 1) return text;
  const meant = closest(table, tables);
  const hint =
    meant !== undefined && meant !== table
      ? `did you mean ${meant}${text.slice(table.length)}?`
      : `write it as listed, such as ${tables[0] ?? 'job'}:abc.`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `${text} is not the id of a job; ${hint}`);
}

/**
 * Returns the outbox of a backend, or all outboxes without a name.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if sp00ky.yml has no such backend
 */
export function chooseOutboxes(outboxes: readonly Outbox[], name: string | undefined): readonly Outbox[] {
  if (name === undefined) return outboxes;
  const chosen = outboxes.filter(({ backend }) => backend === name);
  if (chosen.length > 0) return chosen;
  const names = outboxes.map(({ backend }) => backend);
  const meant = closest(name, names);
  const hint = meant === undefined ? `sp00ky.yml has ${names.join(', ') || 'none'}.` : `did you mean ${meant}?`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `There is no backend ${name}; ${hint}`);
}

function noSuchJob(id: string): CliError {
  return new CliError('SPOOKY_CLI_NO_SUCH_JOB', `There is no job ${id}; see spooky jobs list.`);
}
