/*
 * When each runner lived and what it owned, as the database recorded it.
 */
import type { Evidence, Fault, PartitionVersion, RunnerVersion, Span } from './evidence.ts';

/** One id of a runner, from its registration to its death or its departure. */
export interface Lifetime extends Span {
  readonly runner: string;
  readonly process: string;
  /** The times of its beats; the registration is the first. */
  readonly beats: readonly number[];
  readonly end: 'dead' | 'left' | 'open';
  /** The database user that ended it. */
  readonly endedBy?: string;
}

/** One partition with one owner. */
export interface Term extends Span {
  readonly partition: number;
  readonly owner: string;
  readonly process: string;
  /** The database user that gave the partition to its owner, and the one that took it away. */
  readonly takenBy?: string;
  readonly endedBy?: string;
}

/** The process that a runner's id belongs to. */
export function processOf(runner: string): string {
  return runner.split(':')[0] ?? runner;
}

export function lifetimesOf(runners: Evidence['runners']): Lifetime[] {
  return [...runners.values()].flatMap(lifetimeOf);
}

function lifetimeOf(history: readonly RunnerVersion[]): Lifetime[] {
  const [first] = history;
  if (first === undefined) return [];
  const last = history.find(({ alive, event }) => !alive || event === 'DELETE');
  const beats = history.filter(({ alive, event }) => alive && event !== 'DELETE').map(({ at }) => at);
  const life = { runner: first.runner, process: processOf(first.runner), from: first.at, beats };
  if (last === undefined) return [{ ...life, until: Number.POSITIVE_INFINITY, end: 'open' }];
  const end = last.alive ? 'left' : 'dead';
  return [{ ...life, until: last.at, end, ...(last.by !== undefined && { endedBy: last.by }) }];
}

export function termsOf(partitions: Evidence['partitions']): Term[] {
  return [...partitions.values()].flatMap(termsOfOne);
}

function termsOfOne(history: readonly PartitionVersion[]): Term[] {
  const terms: Term[] = [];
  for (const [index, { partition, owner, at, by }] of history.entries()) {
    if (owner === undefined || history[index - 1]?.owner === owner) continue;
    const next = history.slice(index + 1).find((later) => later.owner !== owner || later.event === 'DELETE');
    terms.push({
      ...{ partition, owner, process: processOf(owner), from: at, until: next?.at ?? Number.POSITIVE_INFINITY },
      ...(by !== undefined && { takenBy: by }),
      ...(next?.by !== undefined && { endedBy: next.by }),
    });
  }
  return terms;
}

/** The fault of a process that began before or at this time and had not ended. */
export function faultOf(process: string, at: number, faults: readonly Fault[]): Fault | undefined {
  return faults.find((fault) => fault.process === process && fault.from <= at && at <= fault.until);
}

/** How much of `span` lies within any of `spans`. */
export function timeWithin({ from, until }: Span, spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(until, span.until) - Math.max(from, span.from)), 0);
}
