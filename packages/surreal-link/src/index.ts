/** One connection to SurrealDB for every program that is no browser. */

/** Waiting for what others write. */
export { type AwaitWritesOptions, awaitWrites } from './await-writes.ts';
export type { Clock } from './clock.ts';
/** Where a link stands. */
export type { LinkState } from './connection/state.ts';
/** What an error of the database means. */
export {
  type DatabaseErrorKind,
  databaseErrorKind,
  isAlreadyExists,
  isConflict,
  isSessionEnded,
  isStatementError,
} from './database/database-errors.ts';
/** What can go wrong with the connection. */
export { LinkError, type LinkErrorCode } from './errors.ts';
/** The connection: for a service, and for one piece of work. */
export { createLink, type Link, withLink } from './link.ts';
export type { LinkLogger } from './logger.ts';
export type { LinkOptions, UserLevel } from './options.ts';
export type { Bindings, Queries, QueryOptions } from './queries.ts';
/** Sessions of users. */
export { createSessionPool, type SessionPool, type SessionPoolOptions } from './sessions/session-pool.ts';
export type { Authenticate, UserCredentials, UserSession } from './sessions/user-session.ts';
/** HTTP requests to a database, never through a proxy on this machine. */
export { databaseFetch } from './socket/database-fetch.ts';
/** The socket of a link, for a client of the SDK: events in order, and no proxy on this machine. */
export { socketFor } from './socket/sockets.ts';
export type { Transaction, TransactionOptions } from './transaction.ts';
