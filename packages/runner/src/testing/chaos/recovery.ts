import type { Evidence, Span } from './evidence.ts';
import { termsOf, timeWithin } from './lifetimes.ts';
import { endsWork, transitionsOf } from './transitions.ts';

export interface Recovery {
  /** The process that was killed or paused. */
  readonly process: string;
  /** A job that it had called, or a partition that it owned. */
  readonly what: string;
  /** How long until a living owner had it due, without the time in which the database was down. */
  readonly ms: number;
  /** How long until the job was called again, which includes its wait in the queue. */
  readonly calledMs?: number;
  /** How often the database was killed meanwhile. */
  readonly outages: number;
}

/**
 * How long the work of a killed or paused process waited for another one. A job has no recovery if nothing was left to
 * do: its outcome was already being written, its owner cancelled it, or it had lost too many runners.
 *
 * @param endedAt when the evidence was read; a partition without an owner waits at least until then
 */
export function recoveriesOf(evidence: Evidence, endedAt: number): Recovery[] {
  return [...jobRecoveries(evidence), ...partitionRecoveries(evidence, endedAt)];
}

/**
 * A job that was not marked is due all the time: its partition's next owner finds it. A marked one is due again after
 * the write that recovers it.
 */
function jobRecoveries({ calls, versions, faults, outages, partitions }: Evidence): Recovery[] {
  const sameAttempt = Map.groupBy(calls, ({ key, attempt }) => `${key} ${attempt}`);
  const ofPartition = Map.groupBy(termsOf(partitions), ({ partition }) => partition);
  return calls.flatMap(({ job, key, attempt, process, from }) => {
    const fault = faults.find((one) => one.process === process && one.from >= from);
    if (fault === undefined) return [];
    const history = versions.get(job) ?? [];
    const ends = transitionsOf(history).filter(({ step, after }) => endsWork(step) && after.at >= from);
    const next = (sameAttempt.get(`${key} ${attempt}`) ?? [])
      .filter((call) => call.from > from)
      .toSorted((a, b) => a.from - b.from)[0];
    const isOver = ends.some(({ after }) => after.at <= fault.from) || (next !== undefined && next.from <= fault.from);
    if (isOver || next === undefined) return [];
    const recovered = ends.find(({ step, after }) => step === 'recovered' && after.at <= next.from)?.after.at;
    const partition = history.at(-1)?.partition ?? -1;
    const owned = ofPartition.get(partition)?.find((term) => term.from > fault.from)?.from;
    const found = recovered ?? Math.min(owned ?? next.from, next.from);
    const span = { from: fault.from, until: found };
    const calledMs = lasted({ from: fault.from, until: next.from }, outages);
    return [{ ...recovery(process, job, span, outages), calledMs }];
  });
}

function partitionRecoveries({ partitions, faults, outages }: Evidence, endedAt: number): Recovery[] {
  const ofPartition = Map.groupBy(termsOf(partitions), ({ partition }) => partition);
  return [...ofPartition].flatMap(([partition, terms]) =>
    terms.flatMap(({ process, from, until, endedBy }, index) => {
      const fault = faults.find((one) => one.process === process && one.from >= from && one.from <= until);
      // A paused runner may keep it, and give it up later.
      const isOver = fault !== undefined && fault.until < endedAt && fault.until <= until;
      const isKept = isOver && (endedBy === process || until > endedAt);
      if (fault === undefined || isKept) return [];
      const next = terms[index + 1]?.from ?? endedAt;
      return [recovery(process, `partition ${partition}`, { from: fault.from, until: next }, outages)];
    }),
  );
}

function recovery(process: string, what: string, span: Span, outages: readonly Span[]): Recovery {
  const meanwhile = outages.filter(({ from, until }) => from < span.until && until > span.from);
  return { process, what, ms: lasted(span, outages), outages: meanwhile.length };
}

function lasted(span: Span, outages: readonly Span[]): number {
  return Math.round(span.until - span.from - timeWithin(span, outages));
}
