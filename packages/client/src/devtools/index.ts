/** Developer tools of the client. A separate entry, so that production builds do not contain it. */
import { type Devtools, devtoolsOf, type InspectedClient } from './devtools.ts';

export type { Devtools } from './devtools.ts';
/** One event. */
export type { LogEntry } from './event-log.ts';
/** What is reported of queries and writes. */
export type { QueryReport } from './query-report.ts';
export type { FailedReport, PendingReport } from './write-report.ts';

declare global {
  /** The developer tools of the page, after `installDevtools`. */
  var __spookify: Devtools | undefined;
}

/**
 * Records what a client does, and makes it readable as `window.__spookify`.
 *
 * @returns a function that ends the recording and removes the global. May be called repeatedly.
 */
export function installDevtools(db: InspectedClient): () => void {
  const { devtools, stop } = devtoolsOf(db);
  globalThis.__spookify = devtools;
  return () => {
    stop();
    if (globalThis.__spookify === devtools) globalThis.__spookify = undefined;
  };
}
