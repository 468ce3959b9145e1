import type { AddressInfo } from 'node:net';
import { createLink, createSessionPool, type Link, type SessionPool } from '@spookify/surreal-link';
import type { FastifyInstance } from 'fastify';
import { realClock } from '../changes/clock.ts';
import { runEvery } from '../concurrency/run-every.ts';
import { watchedTables } from '../install/watched-tables.ts';
import { LIMITS } from '../limits.ts';
import type { GatewayLogger } from '../logger.ts';
import { createGatewayMeters } from '../observe/gateway-meters.ts';
import { metricsPage } from '../observe/metrics-page.ts';
import { type Readiness, readinessOf } from '../observe/readiness.ts';
import { openGatewayStatus, type StatusServer } from '../observe/status-server.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';
import { createSweep } from '../session/sweep.ts';
import { createLiveViews } from '../views/live-views.ts';
import type { LiveViews, LiveViewsStats } from '../views/subscriber.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { sweepReceipts } from '../writes/receipt-sweep.ts';
import { checkDatabase } from './check-database.ts';
import { OpenSockets } from './open-sockets.ts';
import { type GatewayOptions, type GatewaySettings, settingsOf } from './options.ts';
import { createRoutes } from './routes.ts';
import { GatewayStartError, startError, stopped } from './start-error.ts';

/*
 *   idle ──start──▶ starting ──ready──▶ running        any ──stop──▶ stopped
 *
 * The gateway listens before it connects to the database: `/spooky/health` then answers, and a port that is in use is
 * found at once. Until it is running, sockets are closed with the reason `stopping`, and all other requests fail with
 * SPOOKY_GATEWAY_DATABASE_AWAY.
 */
type State = 'idle' | 'starting' | 'running' | 'stopped';

/** A gateway process. It can be started once. */
export interface Gateway {
  /**
   * Listens and connects to the database. Waits for a database that does not answer. Resolves when sockets are served.
   *
   * @throws GatewayStartError with any of its codes, if the gateway cannot start or `stop` is called meanwhile
   */
  start(): Promise<void>;
  /**
   * Accepts no more connections, closes all sockets with the reason `stopping`, a portion at a time, and releases
   * everything. Safe in any state and safe to call twice.
   */
  stop(): Promise<void>;
  /** The port that it listens on; 0 while it does not listen. */
  readonly port: number;
  /** The URL of the status server; undefined while it does not listen. */
  readonly statusUrl: string | undefined;
  /** Whether sockets are served. */
  readonly ready: boolean;
  /** Counts for monitoring, as of now. */
  readonly stats: GatewayStats;
}

/** What a gateway holds and has done. */
export interface GatewayStats {
  /** Open sockets of signed-in users. */
  readonly sockets: number;
  /** Users with open sockets. */
  readonly users: number;
  /** Engine sessions of signed-in users that are open in the database. */
  readonly engineSessions: number;
  readonly views: LiveViewsStats;
}

/**
 * Creates a gateway. `start` starts it.
 *
 * @param options see GatewayOptions
 * @throws GatewayStartError SPOOKY_GATEWAY_BAD_OPTIONS if an option has the wrong form
 */
export function createGateway(options: GatewayOptions): Gateway {
  return new GatewayProcess(settingsOf(options));
}

class GatewayProcess implements Gateway {
  readonly #settings: GatewaySettings;
  readonly #link: Link;
  /** For writes, and for views that only the engine can evaluate. */
  readonly #users: SessionPool;
  /** For sign-ins only: password hashing is slow, and a flood of sign-ins must not delay writes or sockets. */
  readonly #signIns: SessionPool;
  readonly #views: LiveViews;
  readonly #sessions: Sessions;
  readonly #sockets: OpenSockets;
  readonly #sweep: () => Promise<void>;
  readonly #meters = createGatewayMeters();
  readonly #stops: (() => void)[] = [];
  #state: State = 'idle';
  #schema: DatabaseSchema = { tables: new Map(), functions: new Map(), accesses: new Map(), hash: '' };
  #app: FastifyInstance | undefined;
  #status: StatusServer | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: GatewaySettings) {
    const { database, tokenKey, logger, limits } = settings;
    this.#settings = settings;
    try {
      this.#link = createLink({ ...database, name: 'the gateway', waitMs: 2_000, logger });
      this.#users = createSessionPool({ ...database, connections: 8 });
      this.#signIns = createSessionPool({ ...database, connections: 1, queryTimeoutMs: SIGN_IN_TIMEOUT_MS });
    } catch (error) {
      throw startError(error);
    }
    // Sessions are written on the same link as the rounds, and the write signal does not report a link's own writes.
    const onEnded = (): void => this.#views.wake();
    this.#sessions = createSessions(this.#link, onEnded);
    this.#sockets = new OpenSockets(this.#sessions, logger);
    this.#sweep = createSweep(this.#link, onEnded);
    this.#views = createLiveViews({
      link: this.#link,
      tokenKey,
      logger,
      meters: this.#meters,
      readSchema: readDatabaseSchema,
      compilerOf: createCompiler,
      changeLimits: limits.changes ?? {},
      viewLimits: limits.views ?? {},
      onSchema: (schema) => {
        this.#schema = schema;
        warnOfUnwatched(schema, logger);
      },
    });
    this.#views.onChanges((changes) => this.#sockets.changed(changes));
  }

  get port(): number {
    const address = this.#app?.server.address();
    return typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0;
  }

  get statusUrl(): string | undefined {
    return this.#status?.url;
  }

  get ready(): boolean {
    return this.#state === 'running';
  }

  get stats(): GatewayStats {
    const { size: sockets, users } = this.#sockets;
    return { sockets, users, engineSessions: this.#users.size.sessions, views: this.#views.stats };
  }

  async start(): Promise<void> {
    if (this.#state !== 'idle') throw stopped();
    this.#state = 'starting';
    this.#starting = this.#begin();
    try {
      await this.#starting;
    } catch (error) {
      const wasStopped = this.#isStopped();
      await this.stop();
      throw wasStopped ? stopped() : startError(error);
    }
    if (this.#isStopped()) throw stopped();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #begin(): Promise<void> {
    const { database, tokenKey, logger } = this.#settings;
    await this.#listen();
    await this.#listenForStatus();
    // Each of these may wait for a database that does not answer; `stop` closes them.
    await this.#link.open();
    await this.#users.open();
    await this.#signIns.open();
    await checkDatabase(this.#link, this.#users, { ...database, tokenKey });
    await this.#views.start();
    if (this.#isStopped()) return;
    this.#every(LIMITS.session.sweepMs, this.#sweep);
    const receipts = { ...LIMITS.receipts, ...this.#settings.limits.receipts };
    this.#every(receipts.sweepMs, () =>
      sweepReceipts(this.#link, receipts, (count) => this.#meters.receiptsDeleted(count)),
    );
    this.#every(LIMITS.socket.recheckMs, () => this.#sockets.recheck());
    this.#state = 'running';
    logger.info({ port: this.port, origins: [...this.#settings.origins] }, 'the gateway is ready');
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#settings;
    const app = await createRoutes(this.#settings, {
      link: this.#link,
      users: this.#users,
      signIns: this.#signIns,
      sessions: this.#sessions,
      sockets: this.#sockets,
      views: this.#views,
      meters: this.#meters,
      schema: () => this.#schema,
      isOpen: () => this.ready,
    });
    this.#app = app;
    try {
      await app.listen({ host, port });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `the gateway cannot listen on ${host}:${port} (${reason}); stop what uses it, or choose another address (spooky gateway --bind)`;
      throw new GatewayStartError('SPOOKY_GATEWAY_CANNOT_LISTEN', message, { cause });
    }
  }

  async #listenForStatus(): Promise<void> {
    const { status, logger } = this.#settings;
    if (status === undefined) return;
    this.#status = await openGatewayStatus({
      address: status,
      pages: {
        health: () => ({ status: 'ok', state: this.#state, connected: this.#link.connected }),
        ready: () => this.#readiness(),
        metrics: () => metricsPage(this.#meters.counts, { connected: this.#link.connected, ...this.stats }),
      },
      logger,
      cannotListen(address, reason, cause) {
        const message = `the gateway's status server cannot listen on ${address} (${reason}); choose another address (spooky gateway --status-bind), or off`;
        return new GatewayStartError('SPOOKY_GATEWAY_CANNOT_LISTEN', message, { cause });
      },
    });
  }

  async #readiness(): Promise<Readiness> {
    const { fullScanMs } = { ...LIMITS.changes, ...this.#settings.limits.changes };
    return readinessOf({
      isRunning: this.ready,
      isReachable: await this.#link.isReachable(REACHABLE_MS),
      now: performance.now(),
      roundEndedAt: this.#meters.roundEndedAt,
      overdueMs: MISSED_SCANS * fullScanMs,
    });
  }

  async #end(): Promise<void> {
    this.#state = 'stopped';
    for (const stop of this.#stops) stop();
    // First, so that no client whose socket is closed connects to this gateway again.
    this.#app?.server.close();
    await this.#sockets.closeAll(CLOSE_REASONS.stopping, 'the gateway stops');
    const views = this.#views.stop();
    // If the database is silent, they would otherwise wait until the query timeout.
    await settledWithin(views, LIMITS.stopMs);
    await this.#app?.close();
    await Promise.all([this.#users.close(), this.#signIns.close(), this.#link.close()]);
    // Closing the connections has failed any query that was still pending.
    await views;
    await this.#starting?.catch(() => undefined);
    // It may have started to listen in the meantime.
    await Promise.all([this.#app?.close(), this.#status?.close()]);
  }

  /** Runs work periodically in the background. If the database does not answer, the next run catches up. */
  #every(ms: number, work: () => Promise<void>): void {
    const onError = (err: unknown): void =>
      this.#settings.logger.warn({ err }, 'a background task failed; it will run again');
    this.#stops.push(runEvery(ms, work, onError));
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }
}

/** Resolves when the work ends, or after `ms`. */
async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  const timeUp = new AbortController();
  await Promise.race([work, realClock.pause(ms, timeUp.signal)]);
  timeUp.abort();
}

/**
 * Logs tables that were created without `spooky db migrate`. Their changes do not reach the gateway, so views show
 * their first state.
 */
function warnOfUnwatched(schema: DatabaseSchema, logger: GatewayLogger): void {
  const watched = watchedTables(schema);
  const unwatched = [...schema.tables.values()].filter(({ name, isWatched }) => watched.has(name) && !isWatched);
  if (unwatched.length === 0) return;
  const names = unwatched.map(({ name }) => name);
  logger.error(
    { tables: names },
    'changes of these tables reach no tab, because an event is missing; run `spooky db migrate`',
  );
}

/** How long a probe waits for the database. */
const REACHABLE_MS = 1_000;
/** An idle gateway runs a round for each scan of the inbox. After this many without a round, rounds are overdue. */
const MISSED_SCANS = 3;
/** The database queues sign-in attempts for up to 30 s. */
const SIGN_IN_TIMEOUT_MS = 40_000;
