import type { FastifyBaseLogger } from 'fastify';
import { CallTerminatedError, ConnectionUnavailableError, NotAllowedError, Surreal } from 'surrealdb';
import { ApiError } from './errors.ts';
import type { DatabaseSettings } from './settings.ts';
import { sleep, TimeoutError, within } from './time-limit.ts';

/** How patient the connection is. Milliseconds. */
export interface DatabaseLimits {
  /** How long a request waits for a connection before it is told that the database is away. */
  waitMs: number;
  /** How long one statement may take; past that the connection counts as dead. */
  statementMs: number;
  /** How long the question whether it is there may take. */
  probeMs: number;
  /** Between two attempts to connect: the first pause, doubled up to the last. */
  firstPauseMs: number;
  lastPauseMs: number;
}

export const DEFAULT_DATABASE_LIMITS: DatabaseLimits = {
  waitMs: 2_000,
  statementMs: 10_000,
  probeMs: 1_000,
  firstPauseMs: 50,
  lastPauseMs: 2_000,
};

/** A connection that comes back by itself, for ever. */
export interface Database {
  /**
   * Runs statements and gives their results, one each.
   *
   * @throws ApiError `SPOOKY_API_DATABASE_AWAY` when there is no connection in time or it breaks; what the database says otherwise
   */
  query<Results extends unknown[]>(statement: string, bindings: Record<string, unknown>): Promise<Results>;
  /** Whether the database answers now. Never throws. */
  isReachable(): Promise<boolean>;
  /** Ends it for good. May be called twice. */
  close(): Promise<void>;
}

/**
 * Connects as the service user, now and again after every loss. The SDK's own reconnecting is off: it gives up when the
 * server is up but not yet ready to sign anybody in, and sends unanswered statements again on its own account.
 *
 *   connecting ──signed in──▶ connected ──lost · statement timed out · session refused──▶ pause ──▶ connecting
 */
export function connectDatabase(
  settings: DatabaseSettings,
  logger: FastifyBaseLogger,
  limits: DatabaseLimits = DEFAULT_DATABASE_LIMITS,
): Database {
  const closed = new AbortController();
  const closing = new Promise<void>((resolve) => closed.signal.addEventListener('abort', () => resolve()));
  let current: Surreal | undefined;
  let connected = Promise.withResolvers<Surreal>();

  /** One connection from beginning to end; resolves when it is lost. */
  const live = async (): Promise<void> => {
    const surreal = new Surreal();
    const lost = Promise.withResolvers<void>();
    surreal.subscribe('disconnected', () => lost.resolve());
    // Errors of the connection that no call reports, such as a failed renewal of the session.
    surreal.subscribe('error', (error) => logger.debug({ err: error }, 'database connection'));
    try {
      const signedIn = surreal.connect(settings.url, {
        namespace: settings.namespace,
        database: settings.database,
        authentication: () => ({
          namespace: settings.namespace,
          database: settings.database,
          username: settings.username,
          password: settings.password.reveal(),
        }),
        reconnect: false,
      });
      // `connect` never settles when nobody answers, or hangs up before it has signed us in.
      const hungUp = lost.promise.then(() => Promise.reject(new Error('nobody answers, or it hung up')));
      await within(Promise.race([signedIn, hungUp, closing]), limits.statementMs);
      if (closed.signal.aborted) return;
      current = surreal;
      connected.resolve(surreal);
      logger.info('connected to the database');
      await Promise.race([lost.promise, closing]);
    } finally {
      if (current === surreal) {
        current = undefined;
        connected = Promise.withResolvers<Surreal>();
      }
      void surreal.close().catch(() => undefined);
    }
  };

  const stayConnected = async (): Promise<void> => {
    let pause = limits.firstPauseMs;
    let told = '';
    while (!closed.signal.aborted) {
      const since = performance.now();
      const reason = await live().then(
        () => 'the connection was lost',
        (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
      );
      if (closed.signal.aborted) return;
      // Once for each reason in a row: an outage may last for hours.
      logger[reason === told ? 'debug' : 'warn']({ reason }, 'no connection to the database; trying again');
      told = reason;
      // A connection that held for a while was a good one, so the next attempt comes quickly.
      if (performance.now() - since > limits.lastPauseMs) pause = limits.firstPauseMs;
      await sleep(pause * (0.75 + Math.random() / 2), closed.signal);
      pause = Math.min(pause * 2, limits.lastPauseMs);
    }
  };
  const ended = stayConnected();

  const drop = (surreal: Surreal): void => void surreal.close().catch(() => undefined);

  return {
    async query<Results extends unknown[]>(statement: string, bindings: Record<string, unknown>): Promise<Results> {
      const surreal = await within(connected.promise, limits.waitMs).catch((cause: unknown) => {
        throw new ApiError('SPOOKY_API_DATABASE_AWAY', { cause });
      });
      try {
        return (await within(surreal.query(statement, bindings).collect(), limits.statementMs)) as Results;
      } catch (cause) {
        // Unanswered: the server hangs or the line is dead without saying so. Refused: the session has run out.
        const isDead = cause instanceof TimeoutError || cause instanceof NotAllowedError;
        if (isDead) drop(surreal);
        if (isDead || cause instanceof CallTerminatedError || cause instanceof ConnectionUnavailableError) {
          throw new ApiError('SPOOKY_API_DATABASE_AWAY', { cause });
        }
        throw cause;
      }
    },
    async isReachable() {
      if (current === undefined) return false;
      return within(current.query('RETURN true;').collect(), limits.probeMs).then(
        () => true,
        () => false,
      );
    },
    async close() {
      closed.abort();
      if (current !== undefined) drop(current);
      await ended;
    },
  };
}
