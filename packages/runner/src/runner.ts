/*
 * Delivers the jobs of every backend's outbox, next to any number of other runners.
 *
 *   idle ──start()──▶ starting ──connected──▶ running
 *     │                  │                       │
 *     └──────────────────┴────────stop()─────────┴──▶ stopping ──▶ stopped
 *
 * The database may go away and come back in any state. The runner waits for it and reports that in its health.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from './connection.ts';
import type { RunnerHealth, RunnerState } from './health.ts';
import { createStatusServer } from './http/status-server.ts';
import { silentLogger } from './logger.ts';
import { type RunnerOptions, settingsOf } from './options.ts';
import { createDispatcher, type Dispatcher } from './outbox/dispatcher.ts';
import { createNotifier } from './outbox/notifier.ts';
import { createWriter } from './outbox/writer.ts';
import { createOwnership } from './ownership/ownership.ts';
import { createSchedules } from './schedules/schedules.ts';

/** A job runner (seed 000: "Job Runner Setup"). */
export interface Runner {
  /**
   * Connects and starts to deliver jobs. Waits for a database that is not there yet; the status server already listens
   * meanwhile. Safe to call again: all calls share one promise.
   * @throws RunnerError SPOOKY_RUNNER_SIGN_IN_REFUSED if the database rejects the runner's user
   * @throws RunnerError SPOOKY_RUNNER_CANNOT_LISTEN if the status server cannot bind its address
   * @throws RunnerError SPOOKY_RUNNER_STOPPED if `stop` is called first
   */
  start(): Promise<void>;
  /**
   * Starts no more jobs, waits up to `graceMs` for running calls, then aborts them and gives their jobs and the
   * partitions back without costing a retry. Ends at most two seconds after the grace period. Safe to call in any state
   * and again; a second call with a shorter grace period shortens the first.
   */
  stop(options?: StopOptions): Promise<void>;
  /** The current state, for probes and tests. */
  health(): RunnerHealth;
  /** The URL of the status server; undefined while it does not listen. */
  readonly url: string | undefined;
}

/** The options of `Runner.stop`. */
export interface StopOptions {
  /** How long running calls may take to end, in milliseconds. Default: 3,000. */
  readonly graceMs?: number;
}

const DEFAULT_GRACE_MS = 3_000;
/** For the fetch in flight at the stop, for the last outcomes, and for closing: together the promised two seconds. */
const FETCH_BOUND_MS = 700;
const WRITE_BOUND_MS = 700;
const CLOSE_BOUND_MS = 600;

/**
 * Creates a runner. It does nothing before `start`.
 * @throws RunnerError SPOOKY_RUNNER_BAD_OPTIONS
 */
export function createRunner(options: RunnerOptions): Runner {
  const settings = settingsOf(options);
  const logger = options.logger ?? silentLogger;
  const connection = createConnection(options.database, logger, settings.random);
  const dispatchers = new Map<string, Dispatcher>();
  const ownership = createOwnership({
    ...{ connection, logger, random: settings.random, tables: options.backends.map(({ table }) => table) },
    ...(options.runnerId !== undefined && { runnerId: options.runnerId }),
    ...(options.timing && { timing: options.timing }),
    onTaken: ({ table, number }, carefulUntil) => dispatchers.get(table)?.take(number, carefulUntil),
    handOver: async ({ table, number }) => await dispatchers.get(table)?.handOver(number),
    onDeath: () => each((dispatcher) => dispatcher.recover()),
    onLost: (why) => each((dispatcher) => dispatcher.abandon(why === 'unsure')),
    onSure: () => each((dispatcher) => dispatcher.resume()),
  });
  const writer = createWriter(connection, {
    fenced: (writer, statements) => ownership.fenced(writer, statements),
    // The next beat discovers the death and registers under a new id.
    onFenced: () => ownership.connected(),
  });
  const status = createStatusServer(options.http, connection, writer, settings, logger);
  for (const backend of options.backends) {
    const dispatcher = createDispatcher({
      ...{ backend, connection, writer, settings, logger },
      runner: () => ownership.runner,
      mayStart: () => ownership.mayStart,
      isSure: () => ownership.isSure,
      ...{ progress: status.progress, observer: status.observe(backend) },
    });
    dispatchers.set(backend.table, dispatcher);
  }
  const schedules = createSchedules({
    ...{ connection, logger, schedules: options.schedules ?? [], pollMs: settings.schedulePollMs },
    onFired: () => each((dispatcher) => dispatcher.notify()),
  });
  const notifier = createNotifier({ connection, onWrite: () => each((dispatcher) => dispatcher.notify()), logger });
  const hurried = new AbortController();
  let state: RunnerState = 'idle';
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  connection.onConnected(() => {
    ownership.connected();
    each((dispatcher) => dispatcher.resume());
    schedules.notify();
  });

  async function start(): Promise<void> {
    if (state === 'idle') state = 'starting';
    await status.open({ health, dispatchers: [...dispatchers.values()] });
    await connection.open();
    if (state !== 'starting') return;
    state = 'running';
    ownership.start();
    each((dispatcher) => dispatcher.start());
    if (settings.signal) notifier.start();
    schedules.start();
    logger.info({ runner: ownership.id, backends: options.backends.map(({ name }) => name) }, 'the runner is ready');
  }

  async function stop(graceMs: number): Promise<void> {
    state = 'stopping';
    notifier.stop();
    await upTo(FETCH_BOUND_MS, Promise.all([schedules.stop(), all((dispatcher) => dispatcher.stopFetching())]));
    const idle = all((dispatcher) => dispatcher.idle());
    await upTo(graceMs, idle, hurried.signal);
    each((dispatcher) => dispatcher.abortAll());
    const left = idle.then(() => all((dispatcher) => dispatcher.drained())).then(() => ownership.stop());
    await upTo(WRITE_BOUND_MS, left);
    // All at once: whatever a silent database has not answered, such as a beat or a progress report, ends with the
    // connection.
    const closed = [connection.close(), left, status.close(), all((dispatcher) => dispatcher.close())];
    await upTo(CLOSE_BOUND_MS, Promise.all(closed));
    state = 'stopped';
    logger.info({ runner: ownership.id }, 'the runner has stopped');
  }

  function each(work: (dispatcher: Dispatcher) => void): void {
    for (const dispatcher of dispatchers.values()) work(dispatcher);
  }

  async function all(work: (dispatcher: Dispatcher) => Promise<void>): Promise<void> {
    await Promise.all([...dispatchers.values()].map(work));
  }

  function health(): RunnerHealth {
    return {
      state,
      connected: connection.connected,
      signalled: notifier.signalled,
      partitions: ownership.owned.length,
      inFlight: [...dispatchers.values()].reduce((sum, { inFlight }) => sum + inFlight, 0),
      backends: Object.fromEntries([...dispatchers.values()].map(({ name, inFlight }) => [name, { inFlight }])),
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
      return status.url;
    },
  };
}

/** Waits for `work`, but at most `ms`, and no longer than until `hurry` aborts. */
async function upTo(ms: number, work: Promise<unknown>, hurry?: AbortSignal): Promise<void> {
  const done = new AbortController();
  const signal = hurry ? AbortSignal.any([done.signal, hurry]) : done.signal;
  await Promise.race([work, delay(ms, undefined, { signal }).catch(() => {})]);
  done.abort();
}
