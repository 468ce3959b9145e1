/*
 * What must hold whatever is killed. Each check is pure: it reads the evidence of a storm and gives what breaks its
 * rule, in words. None of them trusts the runner: they read rows, the database's own record of every write, and the
 * backend's log.
 */
import { type Claim, claimsOf } from './claims.ts';
import type { Call, Evidence, Version } from './evidence.ts';

export type Check = (evidence: Evidence) => string[];

/**
 * Within this the backend may see things in another order than they happened: that a caller has hung up, and the next
 * call of the same job. In milliseconds.
 */
const SEEN_LATE_MS = 250;
const MOST_RESCUES = 3;
const TERMINAL: ReadonlySet<string> = new Set(['success', 'failed']);

/** Every job whose insert was acknowledged has its row, and the row was never deleted. */
const noJobIsLost: Check = ({ inserted, rows, versions }) => {
  const there = new Set(rows.map(({ job }) => job));
  const missing = inserted.filter((job) => !there.has(job)).map((job) => `${job} was acknowledged and has no row`);
  const deleted = all(versions).filter(({ event }) => event === 'DELETE');
  return [...missing, ...deleted.map(({ job }) => `${job} was deleted`)];
};

/** In the end every job has ended, nobody holds it, and nothing is asked of it. */
const everyJobEnds: Check = ({ rows }) =>
  rows
    .filter(({ status, token, request }) => !TERMINAL.has(status) || token !== undefined || request !== undefined)
    .map(({ job, status, request = 'nothing' }) => `${job} is ${status}, and ${request} is asked of it`);

/** The record of the writes is whole: the last one of each job is how its row stands. */
const everyWriteIsRecorded: Check = ({ rows, versions }) =>
  rows.flatMap((row) => {
    const history = versions.get(row.job) ?? [];
    const last = history.at(-1);
    if (history[0]?.event !== 'CREATE') return [`${row.job} has no record of its insert`];
    const same = last?.status === row.status && last.retries === row.retries && last.rescues === row.rescues;
    return same ? [] : [`${row.job} is ${row.status}, but was last seen as ${last?.status}`];
  });

/** A claim that somebody has is taken by nobody, and rescued only when its lease is over. */
const oneLiveClaim: Check = ({ versions }) =>
  each(versions).flatMap((claim) => {
    const { job, runner, leaseUntil, until, end } = claim;
    if (end === 'taken') return [`${job} was taken from ${runner} while it held it`];
    const early = (end === 'rescued' || end === 'lost') && until < leaseUntil;
    return early ? [`${job} was rescued from ${runner} ${leaseUntil - until} ms before its lease was over`] : [];
  });

/** The backend never has two calls of one job, but when the first one's runner lost its lease meanwhile. */
const noCallsOverlap: Check = ({ versions, calls }) =>
  [...Map.groupBy(calls, ({ job }) => job)].flatMap(([job, ofJob]) => {
    const claims = claimsOf(versions.get(job) ?? []);
    const inOrder = ofJob.toSorted((a, b) => a.from - b.from);
    return inOrder.flatMap((call, index) => {
      const next = inOrder[index + 1];
      if (next === undefined || next.from >= call.until - SEEN_LATE_MS) return [];
      const end = claimOfCall(claims, call)?.end;
      if (end === 'rescued' && claimOfCall(claims, next) !== claimOfCall(claims, call)) return [];
      return [
        `${job} was called again ${next.from - call.from} ms after a call that had not ended, its claim being ${end}`,
      ];
    });
  });

/** Nobody calls without a claim, and a claim is good for one call. */
const oneCallForEachClaim: Check = ({ versions, calls }) => {
  const called = new Set<Claim>();
  return [...Map.groupBy(calls, ({ job }) => job)].flatMap(([job, ofJob]) => {
    const claims = claimsOf(versions.get(job) ?? []);
    return ofJob.flatMap((call) => {
      const claim = claimOfCall(claims, call);
      if (claim === undefined) return [`${job} was called as attempt ${call.attempt} without a claim`];
      if (called.has(claim)) return [`${job} was called twice for one claim, as attempt ${call.attempt}`];
      called.add(claim);
      return [];
    });
  });
};

/** What has succeeded stays as it is, and so does what has failed, until its owner wants it again. */
const terminalIsTerminal: Check = ({ versions }) =>
  pairs(versions).flatMap(([before, after]) => {
    if (!TERMINAL.has(before.status) || sameOutcome(before, after)) return [];
    const rerun = before.status === 'failed' && before.request === 'retry' && after.reruns === before.reruns + 1;
    return rerun && after.status === 'pending' ? [] : [`${before.job} was ${before.status} and became ${after.status}`];
  });

/** At most 1 + max_retries attempts a run; those that a crash cut short are counted apart, and are at most three. */
const attemptsAreBounded: Check = ({ rows, versions, calls }) => {
  const attempts = Map.groupBy(calls, ({ job }) => job);
  return rows.flatMap(({ job, maxRetries }) => {
    const history = versions.get(job) ?? [];
    const problems: string[] = [];
    for (const { rerun, made, crashed } of runsOf(claimsOf(history))) {
      if (made > maxRetries + 1) problems.push(`${job} made ${made} attempts in run ${rerun}, of ${maxRetries + 1}`);
      if (crashed > MOST_RESCUES) problems.push(`${job} lost ${crashed} runners in run ${rerun}`);
    }
    const highest = Math.max(0, ...(attempts.get(job) ?? []).map(({ attempt }) => attempt));
    if (highest > maxRetries + 1) problems.push(`${job} was called as attempt ${highest}, of ${maxRetries + 1}`);
    if (history.some(({ retries }) => retries > maxRetries))
      problems.push(`${job} counts more than ${maxRetries} retries`);
    return problems;
  });
};

/** A run has one key, so one effect; and what succeeded has had it. */
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
 * What an owner asked for is on record, and was cleared only by doing it or by there being nothing left to do. What
 * only a cancel could end was cancelled, or had lost too many runners, or its backend in its last attempt.
 */
const requestsAreHonoured: Check = ({ versions, requests, stuck, rows }) => {
  const forgotten = requests.filter(({ job, request }) => {
    return !(versions.get(job) ?? []).some((version) => version.request === request);
  });
  const dropped = pairs(versions).filter(([before, after]) => {
    if (before.request === undefined || after.request !== undefined) return false;
    if (before.request === 'cancel') return !TERMINAL.has(after.status);
    return before.status === 'failed' && after.reruns !== before.reruns + 1;
  });
  const asked = new Set(requests.filter(({ request }) => request === 'cancel').map(({ job }) => job));
  const ignored = rows.filter(({ job, status }) => {
    if (!stuck.has(job) || !asked.has(job)) return false;
    const history = versions.get(job) ?? [];
    const code = history.at(-1)?.codes.at(-1);
    // Its backend may be killed in its last attempt, before a runner has looked at the request.
    const cutShort = code === 'backend_unreachable' && !wasClaimedAfterCancel(history);
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

function wasClaimedAfterCancel(history: readonly Version[]): boolean {
  const asked = history.find(({ request }) => request === 'cancel');
  return asked !== undefined && claimsOf(history).some(({ from }) => from > asked.at);
}

/** By the name that a report gives them. */
export const INVARIANTS = {
  'no job is lost': noJobIsLost,
  'every job ends': everyJobEnds,
  'every write is on record': everyWriteIsRecorded,
  'one live claim at a time': oneLiveClaim,
  'no two calls of a job at a time': noCallsOverlap,
  'one call for each claim': oneCallForEachClaim,
  'terminal states never change': terminalIsTerminal,
  'at most 1 + max_retries attempts': attemptsAreBounded,
  'one effect for each run': oneEffectForEachRun,
  'owners’ requests are honoured': requestsAreHonoured,
} as const satisfies Record<string, Check>;

export type Invariant = keyof typeof INVARIANTS;

/** What breaks each of them; all empty is the only good answer. */
export function judge(evidence: Evidence): Record<Invariant, string[]> {
  const verdicts = Object.entries(INVARIANTS).map(([name, check]) => [name, check(evidence)]);
  return Object.fromEntries(verdicts) as Record<Invariant, string[]>;
}

/** The key that the runner promises for a run of a job. */
function keyOf(job: string, rerun: number): string {
  return rerun === 0 ? job : `${job}:${rerun}`;
}

/** Undefined for what is no key of this job. */
export function rerunOf(job: string, key: string): number | undefined {
  if (key === job) return 0;
  const rerun = Number(key.startsWith(`${job}:`) ? key.slice(job.length + 1) : Number.NaN);
  return Number.isSafeInteger(rerun) && rerun > 0 ? rerun : undefined;
}

/** A call is made under the last claim before it that is of its run and attempt. */
function claimOfCall(claims: readonly Claim[], call: Call): Claim | undefined {
  const rerun = rerunOf(call.job, call.key);
  return claims.findLast((claim) => claim.rerun === rerun && claim.attempt === call.attempt && claim.from <= call.from);
}

function runsOf(claims: readonly Claim[]): { rerun: number; made: number; crashed: number }[] {
  return [...Map.groupBy(claims, ({ rerun }) => rerun)].map(([rerun, ofRun]) => ({
    rerun,
    made: ofRun.filter(({ end }) => end === 'success' || end === 'failed' || end === 'retried').length,
    crashed: ofRun.filter(({ end }) => end === 'rescued' || end === 'lost').length,
  }));
}

function sameOutcome(before: Version, after: Version): boolean {
  const facts = ({ status, retries, rescues, reruns, result, codes, token }: Version): string =>
    JSON.stringify([status, retries, rescues, reruns, result, codes, token]);
  return facts(before) === facts(after);
}

function all(versions: Evidence['versions']): Version[] {
  return [...versions.values()].flat();
}

function each(versions: Evidence['versions']): Claim[] {
  return [...versions.values()].flatMap(claimsOf);
}

/** Each write with the one before it. */
function pairs(versions: Evidence['versions']): [Version, Version][] {
  return [...versions.values()].flatMap((history) =>
    history.slice(1).map((after, index): [Version, Version] => [history[index] ?? after, after]),
  );
}
