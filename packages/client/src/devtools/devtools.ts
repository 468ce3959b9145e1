import type { Client } from '../client.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { ClientErrorCode } from '../errors.ts';
import { INSPECT } from '../inspection.ts';
import { callSafely } from '../listeners.ts';
import type { SyncState } from '../sync/sync.ts';
import type { LogEntry } from './event-log.ts';
import { type QueryReport, queryReport } from './query-report.ts';
import { Recorder } from './recorder.ts';
import { type FailedReport, failedReport, type PendingReport, pendingReport } from './write-report.ts';

/** The members of a client that the developer tools need. */
export type InspectedClient = Pick<Client<never, never>, 'auth' | 'connection' | 'sync' | typeof INSPECT>;

/**
 * What a client does, for the console and for panels. Each member is computed when it is read. Nothing in it is a
 * token or a variable of a sign-in.
 */
export interface Devtools {
  /** The live queries of this page. */
  readonly queries: readonly QueryReport[];
  /** The writes of the queue that are not refused, in their order. */
  readonly pending: readonly PendingReport[];
  /** The refused writes, oldest first. */
  readonly failed: readonly FailedReport[];
  readonly connection: {
    readonly state: ConnectionState['kind'];
    /** Failed attempts since the connection was lost. */
    readonly attempt: number | undefined;
    readonly error: ClientErrorCode | undefined;
  };
  readonly auth: { readonly state: 'restoring' | 'signed-out' | 'signed-in'; readonly user: string | undefined };
  readonly sync: Omit<SyncState, 'failed'> & { readonly failed: number };
  /** The last 500 events, oldest first, since the tools were installed. */
  readonly log: readonly LogEntry[];
  /** Whether queries and writes are reported with the values of fields, and failures with messages. Default: false. */
  showValues: boolean;
  /** Calls the listener with every new entry of the log. Returns a function that removes it. */
  subscribe(listener: (entry: LogEntry) => void): () => void;
}

/** The tools of a client, and the function that ends them. */
export function devtoolsOf(client: InspectedClient): { readonly devtools: Devtools; readonly stop: () => void } {
  const { connection, auth, sync, [INSPECT]: inspection } = client;
  const recorder = new Recorder(inspection);
  const { log } = recorder;
  const listen: typeof inspection.tap.listener = (event) => callSafely((one) => recorder.receive(one), event);
  inspection.tap.listener = listen;
  let wasOnline = sync.state.online;
  const stops = [
    connection.subscribe(({ kind }) => log.add({ kind: 'state', of: 'connection', to: kind })),
    auth.subscribe(({ kind }) => log.add({ kind: 'state', of: 'auth', to: kind })),
    sync.subscribe(({ online }) => {
      if (online === wasOnline) return;
      wasOnline = online;
      log.add({ kind: 'state', of: 'sync', to: online ? 'online' : 'offline' });
    }),
  ];
  const devtools: Devtools = {
    showValues: false,
    get queries() {
      return Array.from(inspection.queries, (live) => queryReport(live, recorder.of(live), devtools.showValues));
    },
    get pending() {
      return inspection.writes.flatMap((entry) => pendingReport(entry, devtools.showValues) ?? []);
    },
    get failed() {
      return sync.state.failed.map((write) => failedReport(write, devtools.showValues));
    },
    get connection() {
      const { state } = connection;
      const error = 'error' in state ? state.error?.code : undefined;
      return { state: state.kind, attempt: state.kind === 'reconnecting' ? state.attempt : undefined, error };
    },
    get auth() {
      const { state } = auth;
      return { state: state.kind, user: state.kind === 'signed-in' ? state.user.toString() : undefined };
    },
    get sync() {
      return { ...sync.state, failed: sync.state.failed.length };
    },
    get log() {
      return log.entries;
    },
    subscribe: (listener) => log.subscribe(listener),
  };
  const stop = (): void => {
    for (const end of stops) end();
    // Another recording may have begun.
    if (inspection.tap.listener === listen) inspection.tap.listener = undefined;
  };
  return { devtools, stop };
}
