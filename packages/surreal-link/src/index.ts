/** A connection to SurrealDB for every program except browsers. */

/** Waiting for writes of others, in a loop. */
export { type AwaitWritesOptions, awaitWrites } from './await-writes.ts';
export type { Clock } from './clock.ts';
/** The state of a link. */
export type { LinkState } from './connection/state.ts';
/** The kinds of database errors. */
export {
  type DatabaseErrorKind,
  databaseErrorKind,
  isAlreadyExists,
  isConflict,
  isSessionEnded,
  isStatementError,
} from './database/database-errors.ts';
/** Errors of the connection. */
export { LinkError, type LinkErrorCode } from './errors.ts';
/** The connection: for a service, and for one piece of work. */
export { createLink, type Link, withLink } from './link.ts';
export type { LinkLogger } from './logger.ts';
export type { LinkOptions, UserLevel } from './options.ts';
export type { Bindings, Queries, QueryOptions } from './queries.ts';
/** Sessions of users on shared connections. */
export { createSessionPool, type SessionPool, type SessionPoolOptions } from './sessions/session-pool.ts';
export type { Authenticate, UserCredentials, UserSession } from './sessions/user-session.ts';
/** HTTP requests to a database, without a proxy for loopback addresses. */
export { outgoingFetch } from './socket/outgoing-fetch.ts';
/** The socket of a link, for other clients of the SDK: events in order, and no proxy for loopback addresses. */
export { socketFor } from './socket/sockets.ts';
export type { Transaction, TransactionOptions } from './transaction.ts';
