import type { Evidence, Span } from './evidence.ts';
import { termsOf, timeWithin } from './lives.ts';
import { transitionsOf } from './transitions.ts';

export interface Recovery {
  /** The process that was killed or paused. */
  readonly process: string;
  /** A job that it had called, or a partition that it owned. */
  readonly what: string;
  /** From the blow to the next call, or the next owner; without the time in which there was no database. */
  readonly ms: number;
  /** How often the database was killed meanwhile. */
  readonly outages: number;
}

/**
 * How long what was in the hands of a killed or paused process waited for another one. A job has none if nothing was left to do: its
 * outcome was on the way already, its owner cancelled it, or it had lost a runner too often.
 *
 * @param endedAt when the evidence was read; a partition without an owner waits until then at least
 */
export function recoveriesOf(evidence: Evidence, endedAt: number): Recovery[] {
  return [...jobRecoveries(evidence), ...partitionRecoveries(evidence, endedAt)];
}

function jobRecoveries({ calls, versions, blows, outages }: Evidence): Recovery[] {
  const sameAttempt = Map.groupBy(calls, ({ key, attempt }) => `${key} ${attempt}`);
  return calls.flatMap(({ job, key, attempt, process, from }) => {
    const blow = blows.find((one) => one.process === process && one.from >= from);
    if (blow === undefined) return [];
    const isWritten = transitionsOf(versions.get(job) ?? []).some(
      ({ step, after }) => step !== 'other' && step !== 'marked' && after.at >= from && after.at <= blow.from,
    );
    const isRepeated = (call: { readonly from: number }): boolean => call.from > from && call.from <= blow.from;
    const others = sameAttempt.get(`${key} ${attempt}`) ?? [];
    if (isWritten || others.some(isRepeated)) return [];
    const next = others.filter((call) => call.from > blow.from).toSorted((a, b) => a.from - b.from)[0];
    return next === undefined ? [] : [recovery(process, job, { from: blow.from, until: next.from }, outages)];
  });
}

function partitionRecoveries({ partitions, blows, outages }: Evidence, endedAt: number): Recovery[] {
  const ofPartition = Map.groupBy(termsOf(partitions), ({ partition }) => partition);
  return [...ofPartition].flatMap(([partition, terms]) =>
    terms.flatMap(({ process, from, until, endedBy }, index) => {
      const blow = blows.find((one) => one.process === process && one.from >= from && one.from <= until);
      // One that was paused may keep it, and give it up later.
      const isOver = blow !== undefined && blow.until < endedAt && blow.until <= until;
      const isKept = isOver && (endedBy === process || until > endedAt);
      if (blow === undefined || isKept) return [];
      const next = terms[index + 1]?.from ?? endedAt;
      return [recovery(process, `partition ${partition}`, { from: blow.from, until: next }, outages)];
    }),
  );
}

function recovery(process: string, what: string, span: Span, outages: readonly Span[]): Recovery {
  const meanwhile = outages.filter(({ from, until }) => from < span.until && until > span.from);
  return {
    process,
    what,
    ms: Math.round(span.until - span.from - timeWithin(span, meanwhile)),
    outages: meanwhile.length,
  };
}
