/*
 * The invariants that hold whatever is killed. Each check is pure: it reads the evidence of a storm and returns its
 * violations, in words. None of them trusts the runner: they read rows, the database's own record of every write, and
 * the backend's log.
 *
 * What times prove: of two writes of one row the earlier one was committed first, and a transaction that has read what
 * another one wrote has a later time. The rules about deaths and owners follow from the second: a runner that takes a
 * partition has read that its owner was dead, and a death changes the fence row that every write of the dead runner
 * changes.
 */
import { DEFAULT_TIMING } from '../../ownership/timing.ts';
import type { Call, Evidence, Version } from './evidence.ts';
import { faultOf, type Lifetime, lifetimesOf, processOf, type Term, termsOf } from './lifetimes.ts';
import { isOutcome, type Transition, transitionsOf } from './transitions.ts';
import { MAX_UNWRITTEN, mostUnwritten } from './unwritten.ts';

/** The evidence, and what is derived from it. */
interface Facts extends Evidence {
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly lives: ReadonlyMap<string, readonly Lifetime[]>;
  readonly terms: readonly Term[];
}

type Check = (facts: Facts) => string[];

/**
 * Within this time the backend may see events in another order than they happened: the end of a call, and the next call
 * of the same job. In milliseconds.
 */
const SEEN_LATE_MS = 250;
/** Requests are read at least once a second, and a call may have started just before. */
const REQUEST_SEEN_MS = 2_000;
const MAX_RESCUES = 3;
const MAX_ERRORS = 25;
const TERMINAL: ReadonlySet<string> = new Set(['success', 'failed']);
/**
 * A runner without a confirmed beat for `abortMs` aborts its calls and starts again. A beat is recorded between its
 * sending and its confirmation, so on a busy machine the time between two records may be shorter.
 */
const UNSURE_MS = DEFAULT_TIMING.abortMs / 2;

/** Every job whose insert was acknowledged has its row, and the row was never deleted. */
const noJobIsLost: Check = ({ inserted, rows, versions }) => {
  const there = new Set(rows.map(({ job }) => job));
  const missing = inserted.filter((job) => !there.has(job)).map((job) => `${job} was acknowledged and has no row`);
  const deleted = all(versions).filter(({ event }) => event === 'DELETE');
  return [...missing, ...deleted.map(({ job }) => `${job} was deleted`)];
};

/** At the end every job has ended, names no runner, and has no open request. */
const everyJobEnds: Check = ({ rows }) =>
  rows
    .filter(({ status, runner, request }) => !TERMINAL.has(status) || runner !== undefined || request !== undefined)
    .map(({ job, status, request = 'nothing' }) => `${job} is ${status}, and its open request is ${request}`);

/** The record of the writes is complete: the last one of each job equals its row. */
const everyWriteIsRecorded: Check = ({ rows, versions }) =>
  rows.flatMap((row) => {
    const history = versions.get(row.job) ?? [];
    const last = history.at(-1);
    if (history[0]?.event !== 'CREATE') return [`${row.job} has no record of its insert`];
    const same = last?.status === row.status && last.retries === row.retries && last.rescues === row.rescues;
    return same ? [] : [`${row.job} is ${row.status}, but was last seen as ${last?.status}`];
  });

/**
 * Only its owner gives up a partition, unless the owner was declared dead before. A runner takes a partition only for
 * itself, and only while it is alive.
 */
const partitionsStayWithTheLiving: Check = ({ terms, lives, partitions }) => {
  const deleted = [...partitions.values()].flat().filter(({ event }) => event === 'DELETE');
  const wrong = terms.flatMap(({ partition, owner, process, from, until, takenBy, endedBy }) => {
    const life = lives.get(process)?.find(({ runner }) => runner === owner);
    const problems: string[] = [];
    if (takenBy !== process) problems.push(`partition ${partition} was given to ${owner} by ${takenBy}`);
    if (life === undefined || from < life.from || from > life.until) {
      problems.push(`partition ${partition} was taken by ${owner}, which was not alive`);
    }
    const wasDead = life?.end === 'dead' && life.until <= until;
    if (until !== Number.POSITIVE_INFINITY && endedBy !== process && !wasDead) {
      problems.push(`partition ${partition} was taken from ${owner} by ${endedBy}, before its death`);
    }
    return problems;
  });
  return [...deleted.map(({ partition }) => `partition ${partition} was deleted`), ...wrong];
};

/** A runner is declared dead only if it was killed or has not beaten for ten seconds, and only by another runner. */
const onlyTheSilentAreDead: Check = ({ lives, faults }) =>
  [...lives.values()].flat().flatMap(({ runner, process, until, end, endedBy, beats }) => {
    if (end !== 'dead') return [];
    if (endedBy === process) return [`${runner} declared itself dead`];
    const fault = faultOf(process, until, faults);
    const silence = until - (beats.at(-1) ?? until);
    if (fault?.until === Number.POSITIVE_INFINITY || silence >= DEFAULT_TIMING.deadAfterMs) return [];
    return [`${runner} was declared dead ${Math.round(silence)} ms after a beat`];
  });

/** A process writes only while one of its ids is alive. */
const theDeadDoNotWrite: Check = ({ versions, partitions, lives }) => {
  const writes = [
    ...all(versions).map(({ job, at, by }) => ({ what: job, at, by })),
    ...[...partitions.values()].flat().map(({ partition, at, by }) => ({ what: `partition ${partition}`, at, by })),
  ];
  return writes.flatMap(({ what, at, by }) => {
    const ofProcess = by === undefined ? undefined : lives.get(by);
    if (ofProcess === undefined || ofProcess.some(({ from, until }) => from <= at && at <= until)) return [];
    return [`${what} was written by ${by} after its death or before its registration`];
  });
};

/**
 * A job is written only by the owner of its partition or the runner that its row names; a mark names the runner that
 * writes it.
 */
const onlyItsOwnerWrites: Check = ({ transitions, lives, terms, partitions }) => {
  const ofPartition = Map.groupBy(terms, ({ partition }) => partition);
  return [...transitions].flatMap(([job, ofJob]) =>
    ofJob.flatMap(({ step, before, after }) => {
      const { by, at } = after;
      if (by === undefined || !lives.has(by)) return [];
      if (step === 'marked' && processOf(after.runner ?? '') !== by)
        return [`${job}: ${by} marked it for ${after.runner}`];
      const owns = (partition: number): boolean =>
        (ofPartition.get(partition) ?? []).some(
          ({ process, from, until }) => process === by && from <= at && at <= until,
        );
      if (owns(before.partition) || isNamed(before, by)) return [];
      // The owner of the first partition moves jobs without a partition into one.
      const isAdopted = step === 'other' && !partitions.has(before.partition) && owns(0);
      return isAdopted ? [] : [`${job}: ${by} wrote ${step} without owning partition ${before.partition}`];
    }),
  );
};

/** A job is called only by the owner of its partition or by the runner that its row names. */
const onlyItsOwnerCalls: Check = ({ calls, versions, terms }) => {
  const ofPartition = Map.groupBy(terms, ({ partition }) => partition);
  return calls.flatMap(({ job, process, from }) => {
    const current = versionsAround(versions.get(job) ?? [], from);
    const owns = ({ partition }: Version): boolean =>
      (ofPartition.get(partition) ?? []).some(
        (term) => term.process === process && term.from <= from + 1 && from <= term.until + SEEN_LATE_MS,
      );
    if (current.some((version) => owns(version) || isNamed(version, process))) return [];
    return [`${job} was called by ${process}, which did not own partition ${current.at(-1)?.partition}`];
  });
};

/** A call is for the current attempt of its row: never for one whose outcome is written. */
const callsAreForTheirRow: Check = ({ calls, versions }) =>
  calls.flatMap(({ job, key, attempt, from, process }) => {
    const fits = versionsAround(versions.get(job) ?? [], from).some(
      ({ retries, reruns, status }) => retries === attempt - 1 && reruns === rerunOf(job, key) && !TERMINAL.has(status),
    );
    return fits
      ? []
      : [`${job} was called by ${process} as attempt ${attempt} with the key ${key}, which its row was not at`];
  });

/** An attempt is called once, unless its runner was lost, was unsure, or gave the job back. */
const oneCallForEachAttempt: Check = (facts) =>
  [...Map.groupBy(facts.calls, ({ key, attempt }) => `${key} ${attempt}`).values()].flatMap((same) =>
    successive(same).flatMap(([call, next]) => {
      const isReleased = (facts.transitions.get(call.job) ?? []).some(
        ({ step, after }) => step === 'released' && call.from <= after.at && after.at <= next.from + SEEN_LATE_MS,
      );
      if (isReleased || wasLost(call, next.from, facts)) return [];
      return [`${call.job} was called twice as attempt ${call.attempt}, by ${call.process} and ${next.process}`];
    }),
  );

/** The backend never has two calls of one job, unless the runner of the first was lost or unsure meanwhile. */
const noCallsOverlap: Check = (facts) =>
  [...Map.groupBy(facts.calls, ({ job }) => job).values()].flatMap((ofJob) =>
    successive(ofJob).flatMap(([call, next]) => {
      if (next.from >= call.until - SEEN_LATE_MS || wasLost(call, next.from, facts)) return [];
      return [
        `${call.job} was called by ${next.process} ${next.from - call.from} ms after a call by ${call.process} that had not ended`,
      ];
    }),
  );

/** An outcome that only the backend can have caused has a call of the process that wrote it. */
const outcomesHaveCalls: Check = ({ transitions, calls, lives }) => {
  const made = Map.groupBy(calls, ({ key, attempt, process }) => `${key} ${attempt} ${process}`);
  return [...transitions].flatMap(([job, ofJob]) =>
    ofJob.flatMap((transition) => {
      const { step, before, after } = transition;
      const isAnswer = step === 'success' || after.codes.at(-1)?.startsWith('http_') === true;
      if (!isOutcome(transition) || !isAnswer || after.by === undefined || !lives.has(after.by)) return [];
      const name = `${keyOf(job, before.reruns)} ${before.retries + 1} ${after.by}`;
      if ((made.get(name) ?? []).some(({ from }) => from <= after.at + 1)) return [];
      return [`${job}: ${after.by} wrote ${step} of attempt ${before.retries + 1} without a call`];
    }),
  );
};

/** A succeeded job never changes, nor does a failed one until its owner requests a rerun. */
const terminalIsTerminal: Check = ({ transitions }) =>
  [...transitions.values()].flat().flatMap(({ step, before, after }) => {
    if (!TERMINAL.has(before.status) || sameOutcome(before, after)) return [];
    const isWanted = before.status === 'failed' && before.request === 'retry' && after.reruns === before.reruns + 1;
    if (step === 'rerun' && isWanted && after.status === 'pending') return [];
    return [`${before.job} was ${before.status} and became ${after.status}`];
  });

/**
 * At most 1 + max_retries attempts in a run. Attempts that a crash cut short are counted separately, and there are at
 * most three.
 */
const attemptsAreBounded: Check = ({ rows, transitions, versions, calls }) => {
  const attempts = Map.groupBy(calls, ({ job }) => job);
  return rows.flatMap(({ job, maxRetries }) => {
    const problems: string[] = [];
    for (const [rerun, ofRun] of Map.groupBy(transitions.get(job) ?? [], ({ before }) => before.reruns)) {
      const made = ofRun.filter(isOutcome).length;
      if (made > maxRetries + 1) problems.push(`${job} made ${made} attempts in run ${rerun}, of ${maxRetries + 1}`);
    }
    const highest = Math.max(0, ...(attempts.get(job) ?? []).map(({ attempt }) => attempt));
    if (highest > maxRetries + 1) problems.push(`${job} was called as attempt ${highest}, of ${maxRetries + 1}`);
    const history = versions.get(job) ?? [];
    if (history.some(({ retries }) => retries > maxRetries))
      problems.push(`${job} counts more than ${maxRetries} retries`);
    const rescues = Math.max(0, ...history.map((version) => version.rescues));
    if (rescues > MAX_RESCUES) problems.push(`${job} lost ${rescues} runners in one attempt`);
    return problems;
  });
};

/**
 * Each write counts what it did, and nothing else: `retries`, `rescues`, and one entry in `errors` for each failure.
 */
const countsAddUp: Check = ({ transitions }) =>
  [...transitions.values()].flat().flatMap(({ step, before, after }) => {
    const retries = step === 'retried' ? before.retries + 1 : step === 'rerun' ? 0 : before.retries;
    const isLoss = step === 'recovered' || step === 'lost';
    const rescues = isLoss ? before.rescues + 1 : step === 'retried' || step === 'rerun' ? 0 : before.rescues;
    const isError = step === 'retried' || step === 'failed' || step === 'lost';
    const errors = [...before.codes, ...(isError ? [after.codes.at(-1)] : [])].slice(-MAX_ERRORS);
    const isCounted =
      after.retries === retries && after.rescues === rescues && JSON.stringify(after.codes) === JSON.stringify(errors);
    if (isCounted) return [];
    const counts = ({ retries, rescues, codes }: Version): string => `${retries}, ${rescues} and ${codes.length}`;
    return [`${before.job}: ${step} made of ${counts(before)} retries, rescues and errors ${counts(after)}`];
  });

/** Only dead runners are counted as lost, and one death fails at most one job: that job ran alone. */
const onlyTheLostAreCounted: Check = ({ transitions, lives }) => {
  const losses = [...transitions.values()].flat().filter(({ step }) => step === 'recovered' || step === 'lost');
  const early = losses.flatMap(({ before: { job, runner = 'no runner' }, after }) => {
    const life = lives.get(processOf(runner))?.find((one) => one.runner === runner);
    if (life !== undefined && life.until <= after.at) return [];
    return [`${job} was recovered from ${runner}, which was alive`];
  });
  const failed = losses.filter(({ step }) => step === 'lost');
  const many = [...Map.groupBy(failed, ({ before }) => before.runner)].filter(([, { length }]) => length > 1);
  return [
    ...early,
    ...many.map(([runner, jobs]) => `${jobs.map(({ before }) => before.job)} were failed for the death of ${runner}`),
  ];
};

/** For each process, at most two batches, plus the running calls, are called and not written. */
const littleIsUnwritten: Check = (facts) =>
  [...mostUnwritten(facts)]
    .filter(([, most]) => most > MAX_UNWRITTEN)
    .map(([process, most]) => `${process} had called ${most} jobs whose outcomes were not written`);

/** A run has one key, so one effect; and a succeeded job has had its effect. */
const oneEffectForEachRun: Check = ({ rows, effects, calls }) => {
  const done = Map.groupBy(effects, ({ key }) => key);
  const doubled = [...done].filter(([, of]) => of.length > 1).map(([key, of]) => `${key} had ${of.length} effects`);
  const reruns = new Map(rows.map((row) => [row.job, row.reruns]));
  const strange = calls.filter(({ job, key }) => {
    const rerun = rerunOf(job, key);
    return rerun === undefined || rerun > (reruns.get(job) ?? 0);
  });
  const without = rows.filter((row) => row.status === 'success' && !done.has(keyOf(row.job, row.reruns)));
  return [
    ...doubled,
    ...strange.map(({ job, key }) => `${job} was called with the key ${key}`),
    ...without.map(({ job }) => `${job} succeeded, but nothing was done`),
  ];
};

/**
 * An owner's request is on record, and was cleared only when it was done or there was nothing left to do. A job that
 * only a cancel can end was cancelled, or lost too many runners, or lost its backend in its last attempt.
 */
const requestsAreHonoured: Check = ({ versions, requests, stuck, rows, calls }) => {
  const forgotten = requests.filter(({ job, request }) => {
    return !(versions.get(job) ?? []).some((version) => version.request === request);
  });
  const dropped = pairs(versions).filter(([before, after]) => {
    if (before.request === undefined || after.request !== undefined) return false;
    if (before.request === 'cancel') return !TERMINAL.has(after.status);
    return before.status === 'failed' && after.reruns !== before.reruns + 1;
  });
  const asked = new Set(requests.filter(({ request }) => request === 'cancel').map(({ job }) => job));
  const callsOf = Map.groupBy(calls, ({ job }) => job);
  const ignored = rows.filter(({ job, status }) => {
    if (!stuck.has(job) || !asked.has(job)) return false;
    const history = versions.get(job) ?? [];
    const code = history.at(-1)?.codes.at(-1);
    const askedAt = history.find(({ request }) => request === 'cancel')?.at ?? Number.POSITIVE_INFINITY;
    const wentOn = (callsOf.get(job) ?? []).some(({ from }) => from > askedAt + REQUEST_SEEN_MS);
    // The backend may be killed in the last attempt, before a runner has read the request.
    const cutShort = code === 'backend_unreachable' && !wentOn;
    return status !== 'failed' || !(code === 'cancelled' || code === 'runner_lost' || cutShort);
  });
  return [
    ...forgotten.map(({ job, request }) => `${job}: the acknowledged ${request} is not on record`),
    ...dropped.map(([{ job, request }, { status }]) => `${job}: ${request} was cleared, the job being ${status}`),
    ...ignored.map(
      ({ job }) => `${job} had to be cancelled and ended as ${versions.get(job)?.at(-1)?.codes.join(', ')}`,
    ),
  ];
};

/** The names under which a report lists them. */
export const INVARIANTS = {
  'no job is lost': noJobIsLost,
  'every job ends': everyJobEnds,
  'every write is on record': everyWriteIsRecorded,
  'a living owner keeps its partitions': partitionsStayWithTheLiving,
  'only killed or silent runners are declared dead': onlyTheSilentAreDead,
  'nothing is written after a death': theDeadDoNotWrite,
  'only its owner or the runner it names writes a job': onlyItsOwnerWrites,
  'only its owner or the runner it names calls a job': onlyItsOwnerCalls,
  'a call is for the attempt that its row is at': callsAreForTheirRow,
  'one call for each attempt': oneCallForEachAttempt,
  'no two calls of a job at a time': noCallsOverlap,
  'every answer written was given': outcomesHaveCalls,
  'terminal states never change': terminalIsTerminal,
  'at most 1 + max_retries attempts': attemptsAreBounded,
  'retries, rescues and errors add up': countsAddUp,
  'only lost runners are counted': onlyTheLostAreCounted,
  'at most two batches are called and unwritten': littleIsUnwritten,
  'one effect for each run': oneEffectForEachRun,
  'owners’ requests are honoured': requestsAreHonoured,
} as const satisfies Record<string, Check>;

export type Invariant = keyof typeof INVARIANTS;

/** Returns the violations of each invariant; all lists are empty if the storm passed. */
export function judge(evidence: Evidence): Record<Invariant, string[]> {
  const facts: Facts = {
    ...evidence,
    transitions: new Map([...evidence.versions].map(([job, history]) => [job, transitionsOf(history)])),
    lives: Map.groupBy(lifetimesOf(evidence.runners), ({ process }) => process),
    terms: termsOf(evidence.partitions),
  };
  const verdicts = Object.entries(INVARIANTS).map(([name, check]) => [name, check(facts)]);
  return Object.fromEntries(verdicts) as Record<Invariant, string[]>;
}

/** The idempotency key of a run of a job. */
function keyOf(job: string, rerun: number): string {
  return rerun === 0 ? job : `${job}:${rerun}`;
}

/** Undefined for a key of another job. */
export function rerunOf(job: string, key: string): number | undefined {
  if (key === job) return 0;
  const rerun = Number(key.startsWith(`${job}:`) ? key.slice(job.length + 1) : Number.NaN);
  return Number.isSafeInteger(rerun) && rerun > 0 ? rerun : undefined;
}

function isNamed({ status, runner }: Version, process: string): boolean {
  return status === 'processing' && runner !== undefined && processOf(runner) === process;
}

/**
 * The versions of a row at this time on the backend's clock, or shortly before, because the backend may see a call
 * late.
 */
function versionsAround(history: readonly Version[], at: number): Version[] {
  return history.filter((version, index) => {
    const until = history[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    // The backend's clock has whole milliseconds.
    return version.at < at + 1 && until >= at - SEEN_LATE_MS;
  });
}

/** Whether the process of a call was killed, paused, declared dead, or unsure between the call and `until`. */
function wasLost({ process, from }: Call, until: number, { faults, lives }: Facts): boolean {
  if (faults.some((fault) => fault.process === process && fault.from <= until && fault.until >= from)) return true;
  return (lives.get(process) ?? []).some((life) => {
    if (life.end === 'dead' && life.until >= from && life.until <= until) return true;
    return life.beats.some((beat, index) => {
      const next = Math.min(life.beats[index + 1] ?? life.until, until);
      return next > from && beat < until && next - beat >= UNSURE_MS;
    });
  });
}

function sameOutcome(before: Version, after: Version): boolean {
  const facts = ({ status, retries, rescues, reruns, result, codes, runner }: Version): string =>
    JSON.stringify([status, retries, rescues, reruns, result, codes, runner]);
  return facts(before) === facts(after);
}

function all(versions: Evidence['versions']): Version[] {
  return [...versions.values()].flat();
}

/** Each call with the next one. */
function successive(calls: readonly Call[]): [Call, Call][] {
  const inOrder = calls.toSorted((a, b) => a.from - b.from);
  return inOrder.slice(1).map((next, index): [Call, Call] => [inOrder[index] ?? next, next]);
}

/** Each write with the previous one. */
function pairs(versions: Evidence['versions']): [Version, Version][] {
  return [...versions.values()].flatMap((history) =>
    history.slice(1).map((after, index): [Version, Version] => [history[index] ?? after, after]),
  );
}
