import { PARTITIONS } from '@spookify/runner/ownership';
import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';
import { printable } from '../output/printable.ts';
import { livesOf, type RunnerLife, readOwners } from './runners.ts';
import { since } from './span.ts';
import type { Outbox } from './with-jobs.ts';

/** One backend's outbox at a moment. Times are in milliseconds. */
export interface JobStats {
  readonly backend: string;
  readonly table: string;
  readonly pending: Count;
  /** Of those pending: what is due. */
  readonly due: Count;
  /** For how long the first of them has been. */
  readonly oldestDueMs?: number;
  /** Until the next of the others is. */
  readonly nextDueMs?: number;
  /** What has been under way for 100 ms or more. */
  readonly processing: Count;
  /** Partitions of the table that no runner owns. */
  readonly unowned: number;
  /** Who owns partitions, or is named in the row of a job that is `processing`; most partitions first. */
  readonly runners: readonly RunnerStats[];
  /** Ended in the last hour. */
  readonly hour: { readonly success: Count; readonly failed: Count };
  /** How the failures of the last hour ended, most frequent first. */
  readonly failures: readonly { readonly code: string; readonly jobs: number }[];
  /** Waits for a runner to see it. */
  readonly requests: number;
}

export interface RunnerStats {
  readonly runner: string;
  readonly life: RunnerLife;
  readonly partitions: number;
  /** Those that are `processing`. */
  readonly jobs: number;
}

/** `atLeast` is true where counting stopped. */
export interface Count {
  readonly count: number;
  readonly atLeast: boolean;
}

/**
 * Counting costs about 10 µs a row, index or not, and keeps the database from other work: a backlog of a million would
 * take ten seconds. So no number goes beyond this.
 */
const MOST_COUNTED = 10_000;

/** Jobs that have been due for longer are a reason to see whether their runners are alive. */
const SOON_MS = 5_000;

const NUMBERS = Array.from({ length: PARTITIONS }, (_, number) => number);

/** One subselect for each partition, since the engine (3.0.2) reads a range of the index only below a literal equality; as one list. */
function ofEach(select: (partition: string) => string): string {
  return `array::flatten([${NUMBERS.map((number) => `(${select(`partition = ${number}`)})`).join(',\n      ')}])`;
}

/**
 * Each part reads ranges of the index on (status, partition, run_at), or on (request, partition), up to the limit; of ended jobs `run_at` is
 * when they ended.
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

/** @param watchMs see `livesOf`; runners are watched only if jobs have been due for a while */
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
    // Rows of partitions appear when the first runner starts.
    unowned: byPartition.size === 0 ? PARTITIONS : owners.filter((owner) => owner === undefined).length,
    runners: runners.sort((a, b) => b.partitions - a.partitions || b.jobs - a.jobs),
  };
}

function bounded(count: number): Count {
  return { count: Math.min(count, MOST_COUNTED), atLeast: count > MOST_COUNTED };
}

/** For a person, some lines. */
export function statsText(stats: JobStats): string {
  const { backend, table, pending, due, processing, runners, unowned, hour, failures, requests } = stats;
  const oldest = stats.oldestDueMs === undefined ? '' : `, the first for ${since(stats.oldestDueMs)}`;
  const next = stats.nextDueMs === undefined ? '' : `, the next in ${since(stats.nextDueMs)}`;
  const isUp = runners.some(({ life }) => life === 'alive');
  const idle = due.count > 0 && !isUp ? '  (no runner works on them: is a spooky runner up?)' : '';
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
    ...(requests > 0 ? [`  requests    ${requests} of owners, not yet seen by a runner`] : []),
  ].join('\n');
}

const LIFE_TEXT: Record<RunnerLife, string> = { alive: '', silent: '; gives no sign of life', gone: '; is gone' };

function text({ count, atLeast }: Count): string {
  return atLeast ? `more than ${count}` : String(count);
}
