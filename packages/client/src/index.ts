/** The framework-free client: connect, authenticate, query live, write, and run backend functions. */

/** Values of SurrealDB that rows are made of. */
export { DateTime, Duration, RecordId } from 'surrealdb';
/** Who is signed in. */
export type { AuthState } from './auth.ts';
/** The client itself. */
export { type Client, type ClientOptions, createClient } from './client.ts';
/** What the connection is doing. */
export type { ConnectionState } from './connection-state.ts';
/** What goes wrong, as data. */
export { ClientError, type ClientErrorCode, type PayloadIssue } from './errors.ts';
/** Ends a watch, or reads again. */
export type { Watch } from './live-queries.ts';
/** What a watched query shows. */
export type { LiveState } from './live-state.ts';
/** Queries and their results. */
export type { Operators, Query, QueryBuilder, QueryResult, Where } from './query.ts';
/** How a job is to be run. */
export type { RunOptions } from './run.ts';
/** What `spooky generate` writes. */
export { type BackendMap, defineSchema, type JsonSchema, type Schema, type TableMap } from './schema-types.ts';
/** For bindings to a UI framework: keeps what has not changed between two results. */
export { share } from './share.ts';
/** Where sessions are kept. */
export type { TokenStorage } from './tokens.ts';
