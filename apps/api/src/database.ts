import { createLink, LinkError } from '@spookify/surreal-link';
import type { FastifyBaseLogger } from 'fastify';
import { ApiError } from './errors.ts';
import type { DatabaseSettings } from './settings.ts';

/** How patient the connection is. Milliseconds. */
export interface DatabaseLimits {
  /** How long a request waits for a connection before it fails. */
  waitMs: number;
  /** How long one statement may take; past that the connection counts as dead. Also for one attempt to connect. */
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
  lastPauseMs: 1_000,
};

/** A connection that comes back by itself, for ever. */
export interface Database {
  /**
   * Runs statements and gives their results, one each. Those that lose against another transaction are repeated.
   *
   * @throws ApiError `SPOOKY_API_DATABASE_AWAY` when there is no connection in time or it breaks
   * @throws ServerError what the database says about the statement
   */
  query<Results extends unknown[]>(statement: string, bindings: Record<string, unknown>): Promise<Results>;
  /** Whether the database answers now. Never throws. */
  isReachable(): Promise<boolean>;
  /** Ends it for good. May be called twice. */
  close(): Promise<void>;
}

/** Connects as the service user, now and again after every loss; also waits for that user to be made. */
export function connectDatabase(
  settings: DatabaseSettings,
  logger: FastifyBaseLogger,
  limits: DatabaseLimits = DEFAULT_DATABASE_LIMITS,
): Database {
  const { url, namespace, database, username, password } = settings;
  const { waitMs, statementMs, probeMs, firstPauseMs, lastPauseMs } = limits;
  const link = createLink({
    ...{ url, namespace, database, username, password: password.reveal() },
    ...{ waitMs, firstPauseMs, lastPauseMs, queryTimeoutMs: statementMs, connectTimeoutMs: statementMs },
    name: 'this backend',
    giveUp: 'never',
    logger,
  });
  // It ends only when the link is closed.
  link.open().catch(() => undefined);
  return {
    query: <Results extends unknown[]>(statement: string, bindings: Record<string, unknown>) =>
      link.queryAll<Results>(statement, bindings).catch((error: unknown) => {
        throw isAway(error) ? new ApiError('SPOOKY_API_DATABASE_AWAY', { cause: error }) : error;
      }),
    isReachable: () => link.isReachable(probeMs),
    close: () => link.close(),
  };
}

/** Conflicts without end are no outage: they are answered as an internal error. */
function isAway(error: unknown): boolean {
  return error instanceof LinkError && error.code !== 'SPOOKY_LINK_CONFLICT';
}
