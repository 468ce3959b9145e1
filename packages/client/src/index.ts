/** The framework-free client: connect, authenticate, query live, write, and run backend functions. */

/** Values of SurrealDB that rows are made of. */
export { DateTime, Duration, RecordId } from 'surrealdb';
/** Who is signed in. */
export type { AuthState } from './auth/auth.ts';
/** The client itself. */
export { type Client, type ClientOptions, createClient } from './client.ts';
/** What the connection is doing. */
export type { ConnectionState } from './connection/connection-state.ts';
/** What goes wrong, as data. */
export { ClientError, type ClientErrorCode, type PayloadIssue } from './errors.ts';
/** Ends a watch, or reads again. */
export type { Watch } from './live/live-queries.ts';
/** What a watched query shows. */
export type { LiveState } from './live/live-state.ts';
/** For bindings to a UI framework: keeps what has not changed between two results. */
export { share } from './live/share.ts';
/** Conditions put together. */
export { all, any, type Condition, not, type Operators, type Where } from './query/conditions.ts';
/** Queries and their results. */
export type { Query, QueryBuilder, QueryResult } from './query/query.ts';
/** What `spooky generate` writes, and what fields take. */
export {
  type BackendMap,
  defineSchema,
  type JsonSchema,
  type RecordIdInput,
  type Schema,
  type TableMap,
} from './schema-types.ts';
/** How a job is to be run. */
export type { RunOptions } from './write/run.ts';
