/*
 * Delivers the jobs of every backend's outbox, next to any number of other runners.
 *
 *   idle ──start()──▶ starting ──connected──▶ running
 *     │                  │                       │
 *     └──────────────────┴────────stop()─────────┴──▶ stopping ──▶ stopped
 *
 * The database may go away and come back in any state; the runner waits and goes on, and its health says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from './connection.ts';
import { createLane } from './lane.ts';
import { createLeases } from './lease.ts';
import { silentLogger } from './logger.ts';
import type { LaneWatch } from './observe/lane-watch.ts';
import { type RunnerOptions, settingsOf } from './options.ts';
import { createSchedules } from './schedules/schedules.ts';
import { createOutside } from './server/outside.ts';
import { createWake } from './wake.ts';

export interface Runner {
  /**
   * Connects and begins to work. Waits for a database that is not there yet; meanwhile it already listens, if it is to.
   * @throws RunnerError SPOOKY_RUNNER_SIGN_IN_REFUSED, SPOOKY_RUNNER_CANNOT_LISTEN, SPOOKY_RUNNER_STOPPED
   */
  start(): Promise<void>;
  /**
   * Claims nothing more, lets calls end for `graceMs` (3,000 by default), then aborts them and gives their jobs back
   * without costing a retry. Bounded: it ends at most two seconds after the grace. Safe to call in any state and again;
   * a second call with less grace hurries the first.
   */
  stop(options?: StopOptions): Promise<void>;
  health(): RunnerHealth;
  /** Where it listens for probes, scrapes and progress; undefined while it does not. */
  readonly url: string | undefined;
}

export interface StopOptions {
  readonly graceMs?: number;
}

export interface RunnerHealth {
  readonly state: RunnerState;
  /** To the database. */
  readonly connected: boolean;
  /** Woken by LIVE queries; if not, by polls alone. */
  readonly live: boolean;
  /** Calls under way. */
  readonly inFlight: number;
  readonly backends: Readonly<Record<string, { readonly inFlight: number }>>;
}

export type RunnerState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped';

const DEFAULT_GRACE_MS = 3_000;
/** For a claim under way when the stop comes, for the last outcomes, and to close: together the two seconds promised. */
const CLAIM_BOUND_MS = 700;
const WRITE_BOUND_MS = 700;
const CLOSE_BOUND_MS = 600;

/** @throws RunnerError SPOOKY_RUNNER_BAD_OPTIONS */
export function createRunner(options: RunnerOptions): Runner {
  const settings = settingsOf(options);
  const logger = options.logger ?? silentLogger;
  const connection = createConnection(options.database, logger, settings.random);
  const outside = createOutside(options.http, connection, settings, logger);
  const watches = new Map<string, LaneWatch>();
  const leases = createLeases(connection, settings.leaseMs, logger, (job) =>
    watches.get(job.id.table.name)?.leaseLost(job),
  );
  const lanes = options.backends.map((backend) => {
    const watch = outside.watch(backend);
    watches.set(backend.table, watch);
    return createLane(backend, connection, leases, settings, outside.progress, watch, logger);
  });
  const renewals = createWake(
    settings.leaseMs / 6,
    () => leases.renew(),
    () => {},
  );
  const schedules = createSchedules(connection, options.schedules ?? [], logger);
  const hurried = new AbortController();
  let state: RunnerState = 'idle';
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  connection.onConnected(() => {
    // Leases first: what was held before the outage is still this runner's, if nobody took over.
    renewals.nudge();
    for (const lane of lanes) lane.resume();
    schedules.nudge();
  });

  async function start(): Promise<void> {
    if (state === 'idle') state = 'starting';
    await outside.open({ health, lanes });
    await connection.open();
    if (state !== 'starting') return;
    state = 'running';
    renewals.start();
    for (const lane of lanes) lane.start();
    schedules.start();
    logger.info({ runner: settings.runnerId, backends: lanes.map(({ name }) => name) }, 'the runner is ready');
  }

  async function stop(graceMs: number): Promise<void> {
    state = 'stopping';
    await upTo(CLAIM_BOUND_MS, Promise.all([schedules.stop(), all((lane) => lane.stopClaiming())]));
    const idle = all((lane) => lane.idle());
    await upTo(graceMs, idle, hurried.signal);
    leases.abortAll('shutdown');
    await upTo(
      WRITE_BOUND_MS,
      idle.then(() => all((lane) => lane.drained())),
    );
    // All at once: what a silent database has not answered, such as a renewal or a report, ends with the connection.
    const closed = [connection.close(), renewals.stop(), outside.close(), all((lane) => lane.close())];
    await upTo(CLOSE_BOUND_MS, Promise.all(closed));
    state = 'stopped';
    logger.info({ runner: settings.runnerId }, 'the runner has stopped');
  }

  async function all(work: (lane: (typeof lanes)[number]) => Promise<void>): Promise<void> {
    await Promise.all(lanes.map(work));
  }

  function health(): RunnerHealth {
    return {
      state,
      connected: connection.connected,
      live: lanes.every((lane) => lane.listening),
      inFlight: lanes.reduce((sum, lane) => sum + lane.inFlight, 0),
      backends: Object.fromEntries(lanes.map(({ name, inFlight }) => [name, { inFlight }])),
    };
  }

  return {
    start() {
      started ??= start();
      return started;
    },
    stop({ graceMs = DEFAULT_GRACE_MS } = {}) {
      if (stopped === undefined) stopped = stop(graceMs);
      else void delay(graceMs, undefined, { ref: false }).then(() => hurried.abort());
      return stopped;
    },
    health,
    get url() {
      return outside.url;
    },
  };
}

/** Waits for `work`, but not longer than `ms`, nor after `hurry`. */
async function upTo(ms: number, work: Promise<unknown>, hurry?: AbortSignal): Promise<void> {
  const done = new AbortController();
  const signal = hurry ? AbortSignal.any([done.signal, hurry]) : done.signal;
  await Promise.race([work, delay(ms, undefined, { signal }).catch(() => {})]);
  done.abort();
}
