/** The framework-free client: connect, authenticate, query live, write, and run backend functions. */

/** Values of SurrealDB that rows are made of. */
export {
  BoundExcluded,
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  FileRef,
  Geometry,
  Range,
  RecordId,
  StringRecordId,
  Table,
  Uuid,
} from 'surrealdb';
/** Who is signed in. */
export type { AuthState } from './auth/auth.ts';
/** The client. */
export { type Client, type ClientOptions, createClient } from './client.ts';
/** The state of the connection. */
export type { ConnectionState } from './connection/connection-state.ts';
/** Errors. */
export { ClientError, type ClientErrorCode, type PayloadIssue } from './errors.ts';
/** Live jobs. */
export type { JobId, JobIdInput } from './jobs/job-id.ts';
export type { JobError, JobProgress, JobRow } from './jobs/job-row.ts';
export type { JobState } from './jobs/job-state.ts';
export type { Job } from './jobs/live-job.ts';
/** Ends a watch or reads again. */
export type { Watch } from './live/live-queries.ts';
/** The state of a watched query. */
export type { LiveState } from './live/live-state.ts';
/** A live list that is read page by page. */
export { type Pageable, type PagesState, type PagesWatch, watchPages } from './live/pages.ts';
/** For bindings to a UI framework: keeps the identity of unchanged parts between two results. */
export { share } from './live/share.ts';
/** Conditions. */
export { all, any, type Condition, not, type Operators, type Where } from './query/conditions.ts';
/** Queries and their results. */
export type { CountQuery, Query, QueryBuilder, QueryResult } from './query/query.ts';
/** A write that is shown and stored. */
export type { Write } from './queue/pending-writes.ts';
/** The types of `schema.gen.ts` and of the values that fields accept. */
export {
  type BackendMap,
  defineSchema,
  type PayloadInput,
  type RecordIdInput,
  type Schema,
  type TableMap,
} from './schema-types.ts';
/** What is still to be sent, and what was refused. */
export type { FailedWrite, SyncState } from './sync/sync.ts';
/** Options of writes. */
export type { BaseOptions, WaitingOptions, WriteOptions } from './write/options.ts';
/** Options of `run`. */
export type { RunOptions } from './write/run.ts';
