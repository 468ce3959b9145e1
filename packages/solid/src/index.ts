/** The client's live queries and states as Solid accessors. */

/** A list that is read page by page. */
export { type PagesAccessor, usePages } from './use-pages.ts';
/** A watched query. */
export { type QueryAccessor, type QueryOptions, useQuery } from './use-query.ts';
/** Who is signed in, and the state of the connection. */
export { useAuth, useConnection } from './use-state.ts';
