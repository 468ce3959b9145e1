/*
 * One backend's way through the runner: claim → deliver → outcome → finish, `concurrency` jobs at a time.
 *
 * It claims as many as it has free slots, whenever it is woken: by a hint, by a timer to what is due next, by the
 * poll, and, while the last claim was a full one, by every slot that becomes free.
 */
import { Duration } from 'surrealdb';
import type { RunnerBackend } from './backends.ts';
import { createClaim } from './claim.ts';
import { type Connection, isAway } from './connection.ts';
import { createDelivery } from './deliver.ts';
import { createFinish } from './finish.ts';
import { attemptOf, type ParsedJob } from './job.ts';
import type { Leases } from './lease.ts';
import { createListener, type Hint } from './listener.ts';
import type { Logger } from './logger.ts';
import type { LaneWatch } from './observe/lane-watch.ts';
import type { ClaimHealth } from './observe/readiness.ts';
import type { Settings } from './options.ts';
import { decide, type Outcome } from './outcome.ts';
import { createPrune } from './prune.ts';
import { createRequests } from './requests.ts';
import { createRecover, createRescue } from './rescue.ts';
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

export function createLane(
  backend: RunnerBackend,
  connection: Connection,
  leases: Leases,
  settings: Settings,
  watch: LaneWatch,
  logger: Logger,
): Lane {
  const statements = tableStatements(backend.table);
  const unwritable: Unwritable = new Map();
  const claim = createClaim(connection, statements, settings, unwritable, logger);
  const rescue = createRescue(connection, statements, unwritable, logger, watch.rescued);
  const recover = createRecover(connection, statements, settings.runnerId, unwritable, logger);
  const delivery = createDelivery(backend, settings);
  const running = new Set<Promise<void>>();
  let starved = false;
  let stopping = false;
  /** The connection is another one since the last claim. */
  let reconnected = false;
  const claimed = { claimedAt: performance.now(), refused: false };

  const finish = createFinish(connection, leases, logger, (job, outcome) => {
    watch.written(job, outcome);
    if (outcome.kind === 'retry') claims.after(outcome.delayMs);
  });
  const handleRequests = createRequests(connection, statements, {
    holds: (token) => leases.holds(token),
    cancel: (token) => leases.abort(token, 'cancelled'),
    onDue: () => claims.nudge(),
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
    if (reconnected) await recover(leases.tokens());
    reconnected = false;
    for (;;) {
      const free = backend.concurrency - running.size;
      starved = free === 0;
      claimed.claimedAt = performance.now();
      if (starved || stopping) return;
      const claimedAt = performance.now();
      const jobs = await claim(free);
      claimed.refused = false;
      for (const parsed of jobs) begin(parsed, claimedAt);
      if (jobs.length < free) break;
    }
    if (polled) await setTimer();
  }

  async function setTimer(): Promise<void> {
    const next = await connection.query(statements.nextDue);
    const [wait] = Array.isArray(next) ? next : [];
    // A duration prints whole milliseconds at worst one too few.
    if (wait instanceof Duration) claims.after(toMilliseconds(wait) + 1);
  }

  function begin(parsed: ParsedJob, claimedAt: number): void {
    const signal = leases.hold(parsed.job, claimedAt);
    if (stopping) {
      finish.add(parsed.job, { kind: 'released' });
      return;
    }
    const call = run(parsed, signal)
      .catch((error: unknown) => {
        // A fault of the runner's own: without the release it would hold the job for ever.
        leases.release(parsed.job.token);
        onError(error);
      })
      .finally(() => {
        running.delete(call);
        if (starved) claims.nudge();
      });
    running.add(call);
  }

  async function run(parsed: ParsedJob, signal: AbortSignal): Promise<void> {
    const { job } = parsed;
    const startedAt = performance.now();
    const followed = watch.begin(job);
    const answer = parsed.ok
      ? await delivery.deliver(job, signal, followed?.headers)
      : ({ kind: 'refused', code: 'job_unreadable', reason: parsed.reason } as const);
    const circumstances = { backoff: settings.backoff, now: new Date(), random: settings.random() };
    const outcome = decide(job, answer, circumstances);
    const durationMs = performance.now() - startedAt;
    watch.end(job, outcome, durationMs, followed);
    if (logger.isLevelEnabled(outcome.kind === 'failed' ? 'warn' : 'info')) tell(parsed, outcome, durationMs);
    if (outcome.kind !== 'lost') finish.add(job, outcome);
  }

  function tell({ job }: ParsedJob, outcome: Outcome, durationMs: number): void {
    const error = outcome.kind === 'retry' || outcome.kind === 'failed' ? outcome.error : undefined;
    const details = {
      job: String(job.id),
      backend: backend.name,
      path: job.path,
      attempt: attemptOf(job),
      outcome: outcome.kind,
      durationMs: Math.round(durationMs),
      ...(error && { code: error.code, reason: error.reason }),
      ...(outcome.kind === 'retry' && { retryInMs: outcome.delayMs }),
    };
    if (outcome.kind === 'failed') logger.warn(details, 'job failed');
    else logger.info(details, outcome.kind === 'success' ? 'job done' : `job ${outcome.kind}`);
  }

  async function rescueLapsed(): Promise<void> {
    if ((await rescue()) > 0) claims.nudge();
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
      return running.size;
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
      await Promise.all([claims.stop(), rescues.stop(), prune.stop(), listener.stop()]);
    },
    async idle() {
      await Promise.all(running);
      await requests.stop();
    },
    drained: () => finish.drained(),
    close: () => delivery.close(),
  };
}

function toMilliseconds(duration: Duration): number {
  const [seconds = 0n, nanoseconds = 0n] = duration.toCompact();
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}
