/** The client's live queries and states as Solid accessors. */

/** A watched query. */
export { type QueryAccessor, useQuery } from './use-query.ts';
/** Who is signed in, and the state of the connection. */
export { useAuth, useConnection } from './use-state.ts';
