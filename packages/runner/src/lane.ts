/*
 * One backend's way through the runner: claim → slots → attempt → finish.
 *
 * It claims what its slots have room for, whenever it is woken: by a hint, by a timer to what is due next, by the
 * poll, and, while the last claim was a full one, by the slots themselves.
 */
import { Duration } from 'surrealdb';
import { createAttemptMaker } from './attempt.ts';
import type { RunnerBackend } from './backends.ts';
import { createClaim } from './claim.ts';
import { type Connection, isAway } from './connection.ts';
import { createFinish } from './finish.ts';
import type { Hold } from './hold.ts';
import type { ParsedJob } from './job.ts';
import type { Leases } from './lease.ts';
import { createListener, type Hint } from './listener.ts';
import type { Logger } from './logger.ts';
import type { LaneWatch } from './observe/lane-watch.ts';
import type { ClaimHealth } from './observe/readiness.ts';
import type { Settings } from './options.ts';
import type { ProgressDesk } from './progress/desk.ts';
import { createPrune } from './prune.ts';
import { createRequests } from './requests.ts';
import { createRecover, createRescue } from './rescue.ts';
import { createSlots } from './slots.ts';
import { tableStatements } from './statements.ts';
import type { Unwritable } from './sweep.ts';
import { createWake } from './wake.ts';

export interface Lane {
  readonly name: string;
  /** Calls under way. */
  readonly inFlight: number;
  readonly listening: boolean;
  readonly claims: ClaimHealth;
  start(): void;
  /** The database is there, again: all that may have been missed is looked at. */
  resume(): void;
  /** Resolves when nothing more will be claimed; what a claim under way still brings is released. */
  stopClaiming(): Promise<void>;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
  /** Resolves when every outcome is written. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** A claimed job, and the say over it. */
interface Entry {
  readonly parsed: ParsedJob;
  readonly hold: Hold;
  /** By the clock of `performance.now()`. */
  readonly fetchedAt: number;
}

/** One claim must not keep the database from everybody else for long. */
const MOST_CLAIMED = 200;
const MANY_FULL_CLAIMS = 2;
/** A claimed job that has not begun after this is left to other runners. */
const LONGEST_WAIT_MS = 2_000;

export function createLane(
  backend: RunnerBackend,
  connection: Connection,
  leases: Leases,
  settings: Settings,
  progress: ProgressDesk | undefined,
  watch: LaneWatch,
  logger: Logger,
): Lane {
  const statements = tableStatements(backend.table);
  const unwritable: Unwritable = new Map();
  const claim = createClaim(connection, statements, settings, unwritable, logger);
  const rescue = createRescue(connection, statements, unwritable, logger, watch.rescued, settings.random);
  const recover = createRecover(connection, statements, settings.runnerId, unwritable, logger);
  const attempts = createAttemptMaker(backend, settings, progress, watch, logger);
  const slots = createSlots<Entry>({
    concurrency: backend.concurrency,
    routes: backend.routeLimits ?? new Map(),
    start,
  });
  let stopping = false;
  let idle = (): void => {};
  /** The connection is another one since the last claim. */
  let reconnected = false;
  /** Claims one after the other that gave as many jobs as they asked for: there are more. */
  let fullClaims = 0;
  const claimed = { claimedAt: performance.now(), refused: false };

  const finish = createFinish(connection, leases, logger, (job, outcome) => {
    watch.written(job, outcome);
    if (outcome.kind === 'retry' || outcome.kind === 'deferred') claims.after(outcome.delayMs);
    claimMore();
  });
  const handleRequests = createRequests(connection, statements, {
    holds: (token) => leases.holds(token),
    cancel: (token) => leases.abort(token, 'cancelled'),
    onDue: () => claimAgain(),
    unwritable,
    logger,
  });

  const claims = createWake(settings.pollIntervalMs, claimDue, (error) => {
    claimed.refused = !isAway(error);
    onError(error);
  });
  const requests = createWake(settings.pollIntervalMs, () => whenConnected(handleRequests), onError);
  const rescues = createWake(settings.rescueIntervalMs, () => whenConnected(rescueLapsed), onError);
  const prune = createPrune(connection, statements, { backend: backend.name, keep: backend.prune ?? {} }, logger);
  const listener = createListener(connection, statements.listen, onHint, logger);

  async function claimDue(polled: boolean): Promise<void> {
    if (!connection.connected) return;
    if (polled) {
      giveBack(LONGEST_WAIT_MS);
      claim.rewind();
    }
    if (reconnected) {
      await recover(leases.tokens());
      claim.rewind();
    }
    reconnected = false;
    for (;;) {
      claimed.claimedAt = performance.now();
      if (stopping) return;
      const room = Math.min(roomNow(), MOST_CLAIMED, claim.affordable);
      if (room === 0) {
        fullClaims = Math.max(fullClaims, 1);
        return;
      }
      const { jobs, full } = await claim.take(room);
      for (const parsed of jobs) begin(parsed, claimed.claimedAt);
      claimed.refused = false;
      if (!full) break;
      fullClaims += 1;
      if (settings.live && fullClaims === MANY_FULL_CLAIMS) await restListener();
    }
    fullClaims = 0;
    listener.resume();
    if (polled) await setTimer();
  }

  /**
   * Nobody needs to be told of what the next claim finds anyway, and a listener costs every writer more than the write.
   * Not while this runner writes: the engine (3.0.2) may then go on to pay for a listener that has ended.
   */
  async function restListener(): Promise<void> {
    await finish.drained();
    await listener.rest();
  }

  function giveBack(waitedMs: number): void {
    for (const { parsed } of slots.takeBack(waitedMs)) finish.add(parsed.job, { kind: 'released' });
  }

  function roomNow(): number {
    return slots.room({ backlog: fullClaims > 0, unwritten: finish.waiting });
  }

  async function setTimer(): Promise<void> {
    const next = await connection.query(statements.nextDue);
    const [wait] = Array.isArray(next) ? next : [];
    // A duration prints whole milliseconds at worst one too few.
    if (wait instanceof Duration) claims.after(toMilliseconds(wait) + 1);
  }

  function begin(parsed: ParsedJob, claimedAt: number): void {
    const { job } = parsed;
    const entry = { parsed, hold: leases.hold(job, claimedAt), fetchedAt: performance.now() };
    watch.fetched(job);
    const delayMs = stopping ? undefined : slots.add(entry, job.path);
    if (stopping) finish.add(job, { kind: 'released' });
    else if (delayMs !== undefined) finish.add(job, { kind: 'deferred', delayMs });
  }

  function start({ parsed, hold, fetchedAt }: Entry): void {
    const { job } = parsed;
    const startedAt = performance.now();
    attempts
      .make(parsed, hold, fetchedAt)
      .then((outcome) => {
        if (outcome.kind !== 'lost') finish.add(job, outcome);
      })
      .catch((error: unknown) => {
        // A fault of the runner's own: without the release it would hold the job for ever.
        leases.release(job.token);
        onError(error);
      })
      .finally(() => {
        slots.done(job.path, performance.now() - startedAt);
        claimMore();
        if (slots.running === 0) idle();
      });
  }

  /** Something became due that was claimed, or passed over, before. */
  function claimAgain(): void {
    claim.rewind();
    claims.nudge();
  }

  function claimMore(): void {
    if (fullClaims > 0 && roomNow() > 0) claims.nudge();
  }

  async function rescueLapsed(): Promise<void> {
    if ((await rescue()) > 0) claimAgain();
  }

  function onHint(hint: Hint): void {
    if (hint.requested) requests.nudge();
    if (hint.dueInMs === 0) claims.nudge();
    else if (hint.dueInMs !== undefined) claims.after(hint.dueInMs);
  }

  async function whenConnected(work: () => Promise<void>): Promise<void> {
    if (connection.connected) await work();
  }

  function onError(error: unknown): void {
    // Away is told once, by the connection.
    if (!isAway(error)) logger.error({ err: error, backend: backend.name }, 'the outbox cannot be worked on');
  }

  return {
    name: backend.name,
    get inFlight() {
      return slots.running;
    },
    get listening() {
      return listener.listening;
    },
    claims: claimed,
    start() {
      if (settings.live) listener.start();
      for (const wake of [claims, requests, rescues, prune]) wake.start();
    },
    resume() {
      reconnected = true;
      listener.reset();
      for (const wake of [claims, requests, rescues]) wake.nudge();
      finish.flush();
    },
    async stopClaiming() {
      stopping = true;
      giveBack(0);
      await Promise.all([claims.stop(), rescues.stop(), prune.stop(), listener.stop()]);
    },
    async idle() {
      await new Promise<void>((resolve) => {
        idle = resolve;
        if (slots.running === 0) resolve();
      });
      await requests.stop();
    },
    drained: () => finish.drained(),
    close: () => attempts.close(),
  };
}

function toMilliseconds(duration: Duration): number {
  const [seconds = 0n, nanoseconds = 0n] = duration.toCompact();
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}
