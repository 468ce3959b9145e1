/** The client's live queries, jobs and states for Solid. */

/** A job by its id. */
export { type JobHandle, useJob } from './use-job.ts';
/** A watched query. */
export { type QueryAccessor, useQuery } from './use-query.ts';
/** Calls a backend function and follows its job. */
export { type RunHandle, useRun } from './use-run.ts';
/** Who is signed in, and the state of the connection. */
export { useAuth, useConnection } from './use-state.ts';
