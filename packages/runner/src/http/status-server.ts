/**
 * Builds the runner's HTTP side from its parts: the observer of each backend, the metrics page, the probes, the progress
 * endpoint, and the server in front of them. Without `http`, nothing listens.
 */
import { createProcessMetrics } from '@spookify/surreal-link/status';
import type { RunnerBackend } from '../backends.ts';
import type { Connection } from '../connection.ts';
import type { RunnerHealth } from '../health.ts';
import type { Logger } from '../logger.ts';
import { type BackendObserver, createBackendObserver } from '../observe/backend-observer.ts';
import { type MeteredBackend, metricsPage } from '../observe/metrics-page.ts';
import { createOldestDue } from '../observe/oldest-due.ts';
import { type FetchHealth, type Readiness, readinessOf } from '../observe/readiness.ts';
import { findTracer, spansOf } from '../observe/trace.ts';
import { oldestDue } from '../outbox/sql/maintenance.ts';
import type { Writer } from '../outbox/writer.ts';
import { PARTITIONS } from '../ownership/partition.ts';
import { createProgressEndpoint, type ProgressEndpoint } from '../progress/endpoint.ts';
import { type Listening, listen } from './listen.ts';
import type { HttpOptions } from './options.ts';

/** What the probes read. */
export interface StatusSource {
  health(): RunnerHealth;
  readonly dispatchers: readonly { readonly name: string; readonly fetches: FetchHealth }[];
}

/** The runner's HTTP side, and the observers that feed it. */
export interface StatusServer {
  readonly url: string | undefined;
  /** Undefined if the runner does not listen. */
  readonly progress: ProgressEndpoint | undefined;
  /** Creates the observer of one backend, before the backend's dispatcher starts. */
  observe(backend: RunnerBackend): BackendObserver;
  /**
   * Starts listening, if `http` is set.
   * @throws RunnerError SPOOKY_RUNNER_CANNOT_LISTEN
   */
  open(source: StatusSource): Promise<void>;
  close(): Promise<void>;
}

/** A fetch that has missed this many polls is overdue. */
const MISSED_POLLS = 5;

export function createStatusServer(
  http: HttpOptions | undefined,
  connection: Connection,
  writer: Writer,
  { pollIntervalMs }: { readonly pollIntervalMs: number },
  logger: Logger,
): StatusServer {
  const tracer = findTracer();
  const progress = http && createProgressEndpoint(writer, logger);
  const metered: MeteredBackend[] = [];
  let server: Listening | undefined;
  let closeMetrics = (): void => {};
  let closed = false;

  function ready({ health, dispatchers }: StatusSource): Readiness {
    const { state, connected } = health();
    return readinessOf({
      state,
      connected,
      now: performance.now(),
      overdueMs: pollIntervalMs * MISSED_POLLS,
      fetches: Object.fromEntries(dispatchers.map(({ name, fetches }) => [name, fetches])),
    });
  }

  return {
    get url() {
      return server?.url;
    },
    progress,
    observe(backend) {
      const observer = createBackendObserver(backend, tracer && spansOf(tracer, backend));
      const ask = createOldestDue(connection, oldestDue(backend.table, PARTITIONS));
      metered.push({ name: backend.name, meters: observer.meters, oldestDue: ask });
      return observer;
    },
    async open(source) {
      if (http === undefined || progress === undefined || closed) return;
      const ofProcess = createProcessMetrics();
      closeMetrics = ofProcess.close;
      const parts = {
        health: () => ({ status: 'ok', ...source.health() }),
        ready: () => ready(source),
        metrics: async () => (await metricsPage(metered, connection)) + ofProcess.page(),
        progress,
        logger,
      };
      server = await listen(http, parts);
      progress.listenAt(server.url);
      // The runner was stopped while the port was being opened.
      if (closed) await server.close();
    },
    async close() {
      closed = true;
      closeMetrics();
      await Promise.all([server?.close(), progress?.close()]);
    },
  };
}
