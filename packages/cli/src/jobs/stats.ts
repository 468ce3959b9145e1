import { PARTITIONS } from '@spookify/runner/ownership';
import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';
import { printable } from '../output/printable.ts';
import { formatDuration } from './duration.ts';
import { livesOf, type RunnerLife, readOwners } from './runners.ts';
import type { Outbox } from './with-jobs.ts';

/** The state of one backend's outbox. Times are in milliseconds. */
export interface JobStats {
  readonly backend: string;
  readonly table: string;
  readonly pending: Count;
  /** Pending jobs that are due. */
  readonly due: Count;
  /** How long the oldest due job has been due. */
  readonly oldestDueMs?: number;
  /** The time until the next delayed job is due. */
  readonly nextDueMs?: number;
  /** Jobs that have been running for 100 ms or more. */
  readonly processing: Count;
  /** The number of partitions without an owner. */
  readonly unowned: number;
  /** Runners that own partitions or are named in the row of a `processing` job, sorted by partitions in descending order. */
  readonly runners: readonly RunnerStats[];
  /** Jobs that ended in the last hour. */
  readonly hour: { readonly success: Count; readonly failed: Count };
  /** The error codes of the jobs that failed in the last hour, most frequent first. */
  readonly failures: readonly { readonly code: string; readonly jobs: number }[];
  /** The number of requests of job owners on which no runner has acted yet. */
  readonly requests: number;
}

export interface RunnerStats {
  readonly runner: string;
  readonly life: RunnerLife;
  readonly partitions: number;
  /** The number of jobs that are `processing` at this runner. */
  readonly jobs: number;
}

/** A number of jobs. `atLeast` is true if counting stopped at the limit. */
export interface Count {
  readonly count: number;
  readonly atLeast: boolean;
}

/**
 * The highest number that is counted. Counting takes about 10 µs a row, with or without an index, and blocks the database meanwhile:
 * a backlog of a million rows would take ten seconds.
 */
const MOST_COUNTED = 10_000;

/** If jobs have been due for longer than this, `jobStats` checks whether their runners are alive. */
const SOON_MS = 5_000;

const NUMBERS = Array.from({ length: PARTITIONS }, (_, number) => number);

/**
 * One subselect for each partition, with the results in one list. The engine (3.0.2) reads a range of the index only after an equality
 * with a literal.
 */
function ofEach(select: (partition: string) => string): string {
  return `array::flatten([${NUMBERS.map((number) => `(${select(`partition = ${number}`)})`).join(',\n      ')}])`;
}

/**
 * Each part reads ranges of the index (status, partition, run_at) or (request, partition), up to the limit. For ended jobs, `run_at` is
 * the time when they ended.
 */
const statsOf = (table: string): string => `
  LET $now = time::now(); LET $hour = $now - 1h;
  RETURN {
    pending: count(SELECT VALUE 1 FROM ${table} WHERE status = 'pending' LIMIT $limit),
    due: count(${ofEach((own) => `SELECT VALUE 1 FROM ${table} WHERE status = 'pending' AND ${own} AND run_at <= $now LIMIT $limit`)}),
    processing: count(SELECT VALUE 1 FROM ${table} WHERE status = 'processing' LIMIT $limit),
    success: count(${ofEach((own) => `SELECT VALUE 1 FROM ${table} WHERE status = 'success' AND ${own} AND run_at > $hour LIMIT $limit`)}),
    failed: ${ofEach((own) => `SELECT VALUE array::last(errors).code FROM ${table} WHERE status = 'failed' AND ${own} AND run_at > $hour LIMIT $limit`)},
    oldest: ${ofEach((own) => `SELECT VALUE time::millis($now) - time::millis(run_at) FROM ${table} WHERE status = 'pending' AND ${own} AND run_at <= $now LIMIT 1`)},
    next: ${ofEach((own) => `SELECT VALUE time::millis(run_at) - time::millis($now) FROM ${table} WHERE status = 'pending' AND ${own} AND run_at > $now LIMIT 1`)},
    runners: (SELECT runner, count() AS jobs
      FROM (SELECT runner FROM ${table} WHERE status = 'processing' LIMIT $limit) GROUP BY runner),
    requests: count(SELECT VALUE 1 FROM ${table} WHERE request >= 'cancel' LIMIT $limit)
  }`;

interface Raw {
  readonly pending: number;
  readonly due: number;
  readonly processing: number;
  readonly success: number;
  readonly failed: readonly (string | null | undefined)[];
  readonly oldest: readonly number[];
  readonly next: readonly number[];
  readonly runners: readonly { readonly runner?: string | null; readonly jobs: number }[];
  readonly requests: number;
}

/**
 * Counts the jobs of one outbox.
 *
 * @param watchMs as for `livesOf`; runners are watched only if jobs have been due for more than 5 s
 */
export async function jobStats(database: Queries, { backend, table }: Outbox, watchMs?: number): Promise<JobStats> {
  const results = await database.queryAll<[unknown, unknown, Raw]>(statsOf(escapeIdent(table)), {
    limit: MOST_COUNTED + 1,
  });
  const raw = results[2];
  const oldestDueMs = raw.oldest.length === 0 ? undefined : Math.max(...raw.oldest);
  const isLate = oldestDueMs !== undefined && oldestDueMs > SOON_MS;
  const codes = Map.groupBy(raw.failed.slice(0, MOST_COUNTED), (code) => code ?? 'unknown');
  return {
    backend,
    table,
    pending: bounded(raw.pending),
    due: bounded(raw.due),
    ...(oldestDueMs !== undefined && { oldestDueMs }),
    ...(raw.next.length > 0 && { nextDueMs: Math.min(...raw.next) }),
    processing: bounded(raw.processing),
    ...(await runnersOf(database, table, raw.runners, isLate ? watchMs : 0)),
    hour: { success: bounded(raw.success), failed: bounded(raw.failed.length) },
    failures: [...codes].map(([code, { length }]) => ({ code, jobs: length })).sort((a, b) => b.jobs - a.jobs),
    requests: raw.requests,
  };
}

async function runnersOf(
  database: Queries,
  table: string,
  working: Raw['runners'],
  watchMs: number | undefined,
): Promise<Pick<JobStats, 'unowned' | 'runners'>> {
  const { byPartition, beats } = await readOwners(database, table);
  const owners = [...byPartition.values()];
  const jobs = new Map(working.flatMap(({ runner, jobs }) => (runner == null ? [] : [[runner, jobs] as const])));
  const ids = new Set([...owners.filter((owner) => owner !== undefined), ...beats.keys(), ...jobs.keys()]);
  const lives = await livesOf(database, table, ids, watchMs);
  const runners = [...lives].map(([runner, life]): RunnerStats => {
    const partitions = owners.filter((owner) => owner === runner).length;
    return { runner, life, partitions, jobs: jobs.get(runner) ?? 0 };
  });
  return {
    // The first runner creates the rows of the partitions.
    unowned: byPartition.size === 0 ? PARTITIONS : owners.filter((owner) => owner === undefined).length,
    runners: runners.sort((a, b) => b.partitions - a.partitions || b.jobs - a.jobs),
  };
}

function bounded(count: number): Count {
  return { count: Math.min(count, MOST_COUNTED), atLeast: count > MOST_COUNTED };
}

/** Formats statistics as text of several lines. */
export function statsText(stats: JobStats): string {
  const { backend, table, pending, due, processing, runners, unowned, hour, failures, requests } = stats;
  const oldest = stats.oldestDueMs === undefined ? '' : `, the first for ${formatDuration(stats.oldestDueMs)}`;
  const next = stats.nextDueMs === undefined ? '' : `, the next in ${formatDuration(stats.nextDueMs)}`;
  const isUp = runners.some(({ life }) => life === 'alive');
  const idle = due.count > 0 && !isUp ? '  (no runner is alive; start one with spooky runner)' : '';
  return [
    `${backend} (${table})`,
    `  pending     ${text(pending)}: ${text(due)} due${oldest}${next}${idle}`,
    `  processing  ${text(processing)}`,
    `  runners     ${runners.length}${unowned === 0 ? '' : `; ${unowned} partitions have no owner`}`,
    ...runners.map(
      ({ runner, life, partitions, jobs }) =>
        `    ${printable(runner)}  ${partitions} partitions, ${jobs} jobs${LIFE_TEXT[life]}`,
    ),
    `  last hour   ${text(hour.success)} succeeded, ${text(hour.failed)} failed`,
    ...failures.map(({ code, jobs }) => `    ${printable(code)}  ${jobs}`),
    ...(requests > 0 ? [`  requests    ${requests} not handled by a runner yet`] : []),
  ].join('\n');
}

const LIFE_TEXT: Record<RunnerLife, string> = { alive: '', silent: '; gives no sign of life', gone: '; is gone' };

function text({ count, atLeast }: Count): string {
  return atLeast ? `more than ${count}` : String(count);
}
