import { createLink, LinkError } from '@spookify/surreal-link';
import type { FastifyBaseLogger } from 'fastify';
import { ApiError } from './errors.ts';
import type { DatabaseSettings } from './settings.ts';

/** Time limits of the connection, in milliseconds. */
export interface DatabaseLimits {
  /** How long a request waits for a connection before it fails. */
  waitMs: number;
  /** The longest time for one statement; after it the connection counts as dead. Also limits one attempt to connect. */
  statementMs: number;
  /** The longest time for a check of whether the database is reachable. */
  probeMs: number;
  /** The pause between two attempts to connect: it starts at `firstPauseMs` and doubles up to `lastPauseMs`. */
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

/** A connection that reconnects after every loss. */
export interface Database {
  /**
   * Runs statements and returns one result for each. Repeats them if they conflict with another transaction.
   *
   * @throws ApiError `SPOOKY_API_DATABASE_AWAY` if there is no connection in time or it breaks
   * @throws ServerError the database's error about the statement
   */
  query<Results extends unknown[]>(statement: string, bindings: Record<string, unknown>): Promise<Results>;
  /** Whether the database answers now. Never throws. */
  isReachable(): Promise<boolean>;
  /** Closes the connection permanently. Can be called twice. */
  close(): Promise<void>;
}

/** Connects as the service user, reconnects after every loss, and waits if that user does not exist yet. */
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
  // This promise rejects only when the link is closed.
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

/** Endless conflicts are not an outage: the backend answers them as an internal error. */
function isAway(error: unknown): boolean {
  return error instanceof LinkError && error.code !== 'SPOOKY_LINK_CONFLICT';
}
