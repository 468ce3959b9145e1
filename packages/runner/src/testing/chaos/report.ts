import type { Evidence, OwnerRequest } from './evidence.ts';
import { type Invariant, judge } from './invariants.ts';
import { lifetimesOf } from './lifetimes.ts';
import { type Recovery, recoveriesOf } from './recovery.ts';
import type { Target } from './schedule.ts';
import { mostUnwritten } from './unwritten.ts';

export interface Circumstances {
  readonly seed: number;
  readonly runners: number;
  readonly durationMs: number;
  readonly kills: readonly Target[];
  /** When the evidence was read. */
  readonly endedAt: number;
  /** The median start time of a runner: a measure of the machine's speed. */
  readonly startMs: number;
}

export interface StormReport {
  readonly seed: number;
  readonly runners: number;
  readonly jobs: number;
  readonly kills: Readonly<Record<Target, number>>;
  readonly durationMs: number;
  /** The median start time of a runner. */
  readonly startMs: number;
  readonly writes: number;
  readonly calls: number;
  readonly effects: number;
  readonly requests: Readonly<Record<OwnerRequest['request'], number>>;
  /** How many jobs ended in each way: `success`, or the code of the last error. */
  readonly ends: Readonly<Record<string, number>>;
  /** How often a marked job lost its runner. */
  readonly rescues: number;
  /** How many runner ids were declared dead, in killed processes and in processes that continued. */
  readonly deaths: { readonly killed: number; readonly alive: number };
  /** The highest number of jobs that one process had called without writing their outcomes. */
  readonly mostUnwritten: number;
  /** The violations of each invariant; all empty if the storm passed. */
  readonly violations: Readonly<Record<Invariant, readonly string[]>>;
  /** How long jobs and partitions of killed and paused runners waited for another one. */
  readonly recoveries: readonly Recovery[];
}

/** Judges a storm by its evidence. */
export function reportOf(evidence: Evidence, circumstances: Circumstances): StormReport {
  const { kills, endedAt, ...rest } = circumstances;
  const { versions, rows, faults } = evidence;
  const dead = lifetimesOf(evidence.runners).filter(({ end }) => end === 'dead');
  const wasKilled = new Set(
    faults.filter(({ until }) => until === Number.POSITIVE_INFINITY).map(({ process }) => process),
  );
  const killed = dead.filter(({ process }) => wasKilled.has(process)).length;
  return {
    ...rest,
    jobs: evidence.inserted.length,
    kills: { runner: 0, backend: 0, database: 0, pause: 0, ...countBy(kills) },
    writes: [...versions.values()].reduce((sum, { length }) => sum + length, 0),
    calls: evidence.calls.length,
    effects: evidence.effects.length,
    requests: { cancel: 0, retry: 0, ...countBy(evidence.requests.map(({ request }) => request)) },
    ends: countBy(rows.map(({ job, status }) => endOf(status, versions.get(job)?.at(-1)?.codes.at(-1)))),
    rescues: [...versions.values()].reduce((sum, history) => sum + rescuesOf(history), 0),
    deaths: { killed, alive: dead.length - killed },
    mostUnwritten: Math.max(0, ...mostUnwritten(evidence).values()),
    violations: judge(evidence),
    recoveries: recoveriesOf(evidence, endedAt),
  };
}

function endOf(status: string, code: string | undefined): string {
  return status === 'failed' ? `failed: ${code}` : status;
}

/** A rerun restarts the count. */
function rescuesOf(history: readonly { readonly rescues: number }[]): number {
  return history.filter(({ rescues }, index) => rescues > (history[index - 1]?.rescues ?? 0)).length;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
