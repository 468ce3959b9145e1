import { DEFAULT_TIMING } from '../../ownership/timing.ts';
import type { Call, Evidence } from './evidence.ts';
import { type Lifetime, lifetimesOf } from './lifetimes.ts';
import { endsWork, transitionsOf } from './transitions.ts';

/** Two batches of 250 outcomes, and the 16 calls that a backend of the storm takes at a time. */
export const MAX_UNWRITTEN = 2 * 250 + 16;

/**
 * A runner aborts its calls when no beat sent within the last `abortMs` was confirmed, and keeps the outcomes that it
 * has. A beat is recorded after it is sent, by less than this time.
 */
const SENT_BEFORE_MS = 1_000;

/**
 * The highest number of jobs that each process had called at one time without their outcomes on the rows. It is a lower
 * bound: the backend sees a call after its runner sends it, and a write is recorded before its commit.
 */
export function mostUnwritten({ calls, versions, faults, runners }: Evidence): Map<string, number> {
  const lives = Map.groupBy(lifetimesOf(runners), ({ process }) => process);
  const ends = new Map<Call, number>();
  for (const [job, ofJob] of Map.groupBy(calls, (call) => call.job)) {
    const inOrder = ofJob.toSorted((a, b) => a.from - b.from);
    const writes = transitionsOf(versions.get(job) ?? []).filter(({ step }) => endsWork(step));
    for (const [index, call] of inOrder.entries()) {
      const written = writes.find(({ after }) => after.at >= call.from)?.after.at;
      const fault = faults.find(({ process, from }) => process === call.process && from >= call.from)?.from;
      // The job was called again, so the previous caller has forgotten it.
      const again = inOrder[index + 1]?.from;
      const forgotten = (lives.get(call.process) ?? [])
        .flatMap((life) => [...abortTimesOf(life).filter((at) => at <= call.until), life.until])
        .find((at) => at >= call.from);
      ends.set(call, Math.min(...[written, fault, again, forgotten].map((at) => at ?? Number.POSITIVE_INFINITY)));
    }
  }
  const ofProcess = Map.groupBy(calls, ({ process }) => process);
  return new Map([...ofProcess].map(([process, made]) => [process, mostAtOnce(made, ends)]));
}

/** The earliest times at which the runner aborted its calls for lack of a beat. */
function abortTimesOf({ beats, until }: Lifetime): number[] {
  const doubtMs = DEFAULT_TIMING.abortMs - SENT_BEFORE_MS;
  return beats.filter((beat, index) => (beats[index + 1] ?? until) - beat >= doubtMs).map((beat) => beat + doubtMs);
}

function mostAtOnce(calls: readonly Call[], ends: ReadonlyMap<Call, number>): number {
  const changes = calls.flatMap((call): [number, number][] => [
    [call.from, 1],
    [ends.get(call) ?? Number.POSITIVE_INFINITY, -1],
  ]);
  let now = 0;
  let most = 0;
  for (const [, change] of changes.toSorted(([a, up], [b, other]) => (a === b ? up - other : a - b))) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}
