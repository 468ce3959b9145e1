import type { Evidence, Span } from './evidence.ts';
import { termsOf, timeWithin } from './lives.ts';
import { endsWork, transitionsOf } from './transitions.ts';

export interface Recovery {
  /** The process that was killed or paused. */
  readonly process: string;
  /** A job that it had called, or a partition that it owned. */
  readonly what: string;
  /** Until it was due in the hands of a living owner; without the time in which there was no database. */
  readonly ms: number;
  /** Until a job was called again, which also takes its turn to come. */
  readonly calledMs?: number;
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

/**
 * A job that was not marked is due all the time: its partition's next owner finds it. One that was marked is due again from the write
 * that recovers it.
 */
function jobRecoveries({ calls, versions, blows, outages, partitions }: Evidence): Recovery[] {
  const sameAttempt = Map.groupBy(calls, ({ key, attempt }) => `${key} ${attempt}`);
  const ofPartition = Map.groupBy(termsOf(partitions), ({ partition }) => partition);
  return calls.flatMap(({ job, key, attempt, process, from }) => {
    const blow = blows.find((one) => one.process === process && one.from >= from);
    if (blow === undefined) return [];
    const history = versions.get(job) ?? [];
    const ends = transitionsOf(history).filter(({ step, after }) => endsWork(step) && after.at >= from);
    const next = (sameAttempt.get(`${key} ${attempt}`) ?? [])
      .filter((call) => call.from > from)
      .toSorted((a, b) => a.from - b.from)[0];
    const isOver = ends.some(({ after }) => after.at <= blow.from) || (next !== undefined && next.from <= blow.from);
    if (isOver || next === undefined) return [];
    const recovered = ends.find(({ step, after }) => step === 'recovered' && after.at <= next.from)?.after.at;
    const partition = history.at(-1)?.partition ?? -1;
    const owned = ofPartition.get(partition)?.find((term) => term.from > blow.from)?.from;
    const found = recovered ?? Math.min(owned ?? next.from, next.from);
    const span = { from: blow.from, until: found };
    const calledMs = lasted({ from: blow.from, until: next.from }, outages);
    return [{ ...recovery(process, job, span, outages), calledMs }];
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
  return { process, what, ms: lasted(span, outages), outages: meanwhile.length };
}

function lasted(span: Span, outages: readonly Span[]): number {
  return Math.round(span.until - span.from - timeWithin(span, outages));
}
