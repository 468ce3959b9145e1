/** The client's live queries, jobs and states for Solid. */

/** A job by its id. */
export { type JobHandle, useJob } from './use-job.ts';
/** A list that is read page by page. */
export { type PagesAccessor, usePages } from './use-pages.ts';
/** A watched query. */
export { type QueryAccessor, type QueryOptions, useQuery } from './use-query.ts';
/** Calls a backend function and follows its job. */
export { type RunHandle, useRun } from './use-run.ts';
/** Who is signed in, the state of the connection, and what is still to be sent. */
export { useAuth, useConnection, useSync } from './use-state.ts';
