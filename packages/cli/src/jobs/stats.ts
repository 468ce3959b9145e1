import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';
import { printable } from '../output/printable.ts';
import { since } from './span.ts';
import type { Outbox } from './with-jobs.ts';

/** One backend's outbox at a moment. Times are in milliseconds. */
export interface JobStats {
  readonly backend: string;
  readonly table: string;
  readonly pending: Count;
  /** Of those pending: what is due, and may be claimed. */
  readonly due: Count;
  /** For how long the first of them has been. */
  readonly oldestDueMs?: number;
  /** Until the next of the others is. */
  readonly nextDueMs?: number;
  readonly processing: Count;
  /** Who holds the jobs that run. */
  readonly runners: readonly { readonly runner: string; readonly jobs: number; readonly leaseMs: number }[];
  /** Ended in the last hour. */
  readonly hour: { readonly success: Count; readonly failed: Count };
  /** How the failures of the last hour ended, most frequent first. */
  readonly failures: readonly { readonly code: string; readonly jobs: number }[];
  /** Waits for a runner to see it. */
  readonly requests: number;
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

/** Each part reads a range of the index on (status, run_at), up to the limit; of ended jobs `run_at` is when they ended. */
const statsOf = (table: string): string => `
  LET $now = time::now(); LET $hour = $now - 1h;
  RETURN {
    pending: count(SELECT VALUE 1 FROM ${table} WHERE status = 'pending' LIMIT $limit),
    due: count(SELECT VALUE 1 FROM ${table} WHERE status = 'pending' AND run_at <= $now LIMIT $limit),
    processing: count(SELECT VALUE 1 FROM ${table} WHERE status = 'processing' LIMIT $limit),
    success: count(SELECT VALUE 1 FROM ${table} WHERE status = 'success' AND run_at > $hour LIMIT $limit),
    failed: (SELECT VALUE array::last(errors).code FROM ${table}
      WHERE status = 'failed' AND run_at > $hour LIMIT $limit),
    oldest: (SELECT VALUE time::millis($now) - time::millis(run_at) FROM ${table}
      WHERE status = 'pending' AND run_at <= $now LIMIT 1)[0],
    next: (SELECT VALUE time::millis(run_at) - time::millis($now) FROM ${table}
      WHERE status = 'pending' AND run_at > $now LIMIT 1)[0],
    runners: (SELECT runner, count() AS jobs, time::millis(time::min(lease_until)) - time::millis($now) AS leaseMs
      FROM (SELECT runner, lease_until FROM ${table}
        WHERE status = 'processing' AND lease_until != NONE LIMIT $limit) GROUP BY runner),
    requests: count(SELECT VALUE 1 FROM ${table} WHERE request IN ['cancel', 'retry'] LIMIT $limit)
  }`;

interface Raw {
  readonly pending: number;
  readonly due: number;
  readonly processing: number;
  readonly success: number;
  readonly failed: readonly (string | null | undefined)[];
  readonly oldest?: number;
  readonly next?: number;
  readonly runners: JobStats['runners'];
  readonly requests: number;
}

export async function jobStats(database: Queries, { backend, table }: Outbox): Promise<JobStats> {
  const results = await database.queryAll<[unknown, unknown, Raw]>(statsOf(escapeIdent(table)), {
    limit: MOST_COUNTED + 1,
  });
  const raw = results[2];
  const codes = Map.groupBy(raw.failed.slice(0, MOST_COUNTED), (code) => code ?? 'unknown');
  return {
    backend,
    table,
    pending: bounded(raw.pending),
    due: bounded(raw.due),
    ...(typeof raw.oldest === 'number' && { oldestDueMs: raw.oldest }),
    ...(typeof raw.next === 'number' && { nextDueMs: raw.next }),
    processing: bounded(raw.processing),
    runners: raw.runners.toSorted((a, b) => b.jobs - a.jobs),
    hour: { success: bounded(raw.success), failed: bounded(raw.failed.length) },
    failures: [...codes].map(([code, { length }]) => ({ code, jobs: length })).sort((a, b) => b.jobs - a.jobs),
    requests: raw.requests,
  };
}

function bounded(count: number): Count {
  return { count: Math.min(count, MOST_COUNTED), atLeast: count > MOST_COUNTED };
}

/** For a person, some lines. */
export function statsText(stats: JobStats): string {
  const { backend, table, pending, due, processing, runners, hour, failures, requests } = stats;
  const oldest = stats.oldestDueMs === undefined ? '' : `, the first for ${since(stats.oldestDueMs)}`;
  const next = stats.nextDueMs === undefined ? '' : `, the next in ${since(stats.nextDueMs)}`;
  const idle = due.count > 0 && processing.count === 0 ? '  (nobody works on them: is a spooky runner up?)' : '';
  return [
    `${backend} (${table})`,
    `  pending     ${text(pending)}: ${text(due)} due${oldest}${next}${idle}`,
    `  processing  ${text(processing)}`,
    ...runners.map(({ runner, jobs, leaseMs }) => `    ${printable(runner)}  ${jobs}, ${leaseText(leaseMs)}`),
    `  last hour   ${text(hour.success)} succeeded, ${text(hour.failed)} failed`,
    ...failures.map(({ code, jobs }) => `    ${printable(code)}  ${jobs}`),
    ...(requests > 0 ? [`  requests    ${requests} of owners, not yet seen by a runner`] : []),
  ].join('\n');
}

function leaseText(leaseMs: number): string {
  return leaseMs >= 0 ? `the first lease ends in ${since(leaseMs)}` : `a lease ended ${since(-leaseMs)} ago`;
}

function text({ count, atLeast }: Count): string {
  return atLeast ? `more than ${count}` : String(count);
}
