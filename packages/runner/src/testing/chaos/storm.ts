/*
 * A storm: jobs are inserted, cancelled and rerun while runners, backend and database are killed and restarted.
 *
 *   a backlog ─▶ runners ─▶ insert a wave ─▶ the next kill's moment ─▶ kill ─▶ … ─▶ everything is back ─▶ every job has ended ─▶ judge
 *
 * The seed decides what is inserted, killed, answered and requested. The moments depend on events (the k-th call since
 * the last kill), so the same seed gives nearly the same run; which call a kill interrupts depends on the machine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RecordId } from 'surrealdb';
import { readCalls } from './backend-log.ts';
import { characterOf } from './behaviour.ts';
import { type Cluster, type ClusterOptions, createCluster } from './cluster.ts';
import type { Evidence } from './evidence.ts';
import { readOwnership, readRows, readVersions } from './history.ts';
import { createOwner, type Owner } from './owner.ts';
import { createOwnerRequests, type OwnerRequests } from './owner-requests.ts';
import { draws } from './random.ts';
import { reportOf, type StormReport } from './report.ts';
import { type PlannedKill, scheduleOf } from './schedule.ts';

export interface StormOptions extends ClusterOptions {
  readonly jobs: number;
  /** Each is followed by a restart. */
  readonly kills: number;
  /** How many of these are pauses. Default: none. */
  readonly pauses?: number;
  /** How long the last job may take after the last kill, in milliseconds. */
  readonly patienceMs: number;
  readonly progress?: (line: string) => void;
}

/** The share of all jobs that is inserted before the runners start. */
const BACKLOG = 0.6;
/** The share of the backlog that is in partitions that do not exist. */
const MISPLACED = 0.02;
const INSERT_BATCH = 20;
const LOOK_MS = 10;
/** All that is left may wait until killed runners are declared dead. */
const NO_CALL_MS = 20_000;
const LOOK_AT_ROWS_MS = 250;

export async function storm(options: StormOptions): Promise<StormReport> {
  const { seed, jobs, kills, pauses = 0, progress = () => {} } = options;
  const startedAt = performance.now();
  const cluster = await createCluster({ ...options, maxProcesses: kills + 1 });
  const owner = createOwner(cluster.database.options, seed);
  const over = new AbortController();
  try {
    const ownerRequests = createOwnerRequests(owner, seed, over.signal);
    if (options.calm !== true) cluster.onCall(ownerRequests.onCall);
    const names = Array.from({ length: jobs }, (_, number) => `job:j${String(number).padStart(6, '0')}`);
    const inserts = createInserts(owner, names, options.calm === true ? () => {} : ownerRequests.onInserted);

    inserts.upTo(jobs * BACKLOG);
    await inserts.done();
    if (options.calm !== true) await misplace(inserts.acknowledged, cluster, seed);
    await cluster.startRunners();
    for (const [index, kill] of scheduleOf(seed, { jobs, kills, pauses }).entries()) {
      inserts.upTo(jobs * (BACKLOG + (1 - BACKLOG) * ((index + 1) / kills)));
      await momentOf(kill, cluster);
      await cluster.kill(kill.target, kill.which);
      progress(`kill ${index + 1} of ${kills}: ${kill.target}, ${cluster.calls} calls so far`);
    }
    inserts.upTo(jobs);
    await inserts.done();
    await cluster.complete();
    progress(`all ${jobs} jobs are inserted, ${cluster.calls} calls so far; waiting for the last to end`);
    const ended = await within(options.patienceMs, everythingEnded(ownerRequests, cluster), over);
    progress(ended ? 'every job has ended' : 'some jobs have not ended in time');

    const evidence: Evidence = {
      inserted: inserts.acknowledged,
      rows: await readRows(cluster.database.query),
      versions: await readVersions(cluster.database.query),
      ...(await readOwnership(cluster.database.query)),
      ...readCalls(cluster.log()),
      requests: ownerRequests.requests,
      stuck: new Set(names.filter((job) => characterOf(seed, job) === 'stuck')),
      faults: cluster.faults,
      outages: cluster.outages,
    };
    return reportOf(evidence, {
      seed,
      runners: options.runners,
      durationMs: Math.round(performance.now() - startedAt),
      kills: cluster.kills,
      endedAt: Date.now(),
      startMs: Math.round(cluster.starts.toSorted((a, b) => a - b)[Math.floor(cluster.starts.length / 2)] ?? 0),
    });
  } finally {
    over.abort();
    await owner.close();
    await cluster.close();
  }
}

/** Puts some jobs into partitions that do not exist, as a row of an earlier schema may be. */
async function misplace(jobs: readonly string[], { database }: Cluster, seed: number): Promise<void> {
  const chosen = jobs.filter((job) => draws(seed, `partition ${job}`)() < MISPLACED);
  const ids = chosen.map((job) => new RecordId('job', job.slice('job:'.length)));
  await database.query('UPDATE $ids SET partition = rand::enum([-1, 8, 99]) RETURN NONE', { ids });
}

interface Inserts {
  /** Inserts jobs in the background, up to this total. */
  upTo(part: number): void;
  readonly acknowledged: readonly string[];
  done(): Promise<void>;
}

function createInserts(owner: Owner, names: readonly string[], onInserted: (jobs: readonly string[]) => void): Inserts {
  const acknowledged: string[] = [];
  let planned = 0;
  let working: Promise<void> = Promise.resolve();

  async function insert(jobs: readonly string[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += INSERT_BATCH) {
      const batch = jobs.slice(at, at + INSERT_BATCH);
      await owner.insert(batch);
      acknowledged.push(...batch);
      onInserted(batch);
    }
  }

  return {
    upTo(part) {
      const count = Math.round(part);
      const jobs = names.slice(planned, count);
      planned = Math.max(planned, count);
      working = working.then(() => insert(jobs));
      // `done` reports the error.
      working.catch(() => {});
    },
    acknowledged,
    done: () => working,
  };
}

/**
 * Waits for the moment of a kill. It waits for a call too, because on a machine that is too busy to make one between
 * two kills, the storm would only test restarts.
 */
async function momentOf({ target, afterCalls, orAfterMs, delayMs }: PlannedKill, cluster: Cluster): Promise<void> {
  const callsBefore = cluster.calls;
  let completeSince: number | undefined;
  for (let calls = 0; calls < afterCalls; calls = cluster.calls - callsBefore) {
    if (cluster.isComplete) completeSince ??= performance.now();
    const completeFor = completeSince === undefined ? 0 : performance.now() - completeSince;
    if (completeFor > (calls > 0 ? orAfterMs : NO_CALL_MS)) break;
    await delay(LOOK_MS);
  }
  await delay(delayMs);
  while (!cluster.mayKill(target)) await delay(LOOK_MS);
}

/** A request that is accepted after a look at the rows starts one of them again, so the rows are checked again. */
async function everythingEnded(ownerRequests: OwnerRequests, cluster: Cluster): Promise<void> {
  for (let taken = -1; taken < ownerRequests.requests.length; ) {
    taken = ownerRequests.requests.length;
    await allEnded(cluster);
    await ownerRequests.settled();
  }
}

async function allEnded({ database }: Cluster): Promise<void> {
  for (;;) {
    const [left] = await database.query<{ count: number }[]>(
      `SELECT count() FROM job WHERE status IN ['pending', 'processing'] OR request != NONE GROUP ALL`,
    );
    if (left === undefined || left.count === 0) return;
    await delay(LOOK_AT_ROWS_MS);
  }
}

/** Resolves to false if the work was not done in time; then it aborts the work. */
async function within(ms: number, work: Promise<unknown>, giveUp: AbortController): Promise<boolean> {
  const late = delay(ms, false, { signal: giveUp.signal });
  const done = await Promise.race([work.then(() => true), late]);
  giveUp.abort();
  work.catch(() => {});
  late.catch(() => {});
  return done;
}
