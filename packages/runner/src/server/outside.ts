/**
 * Everything by which a runner is seen and reached from outside, made from its parts: what watches each lane, the metrics
 * page, the probes, where backends report progress, and the server in front of them. Without `http` nothing listens.
 */
import type { RunnerBackend } from '../backends.ts';
import type { Connection } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { createLaneWatch, type LaneWatch } from '../observe/lane-watch.ts';
import { type MeteredLane, metricsPage } from '../observe/metrics-page.ts';
import { createOldestDue } from '../observe/oldest-due.ts';
import { createProcessMetrics } from '../observe/process-metrics.ts';
import { type ClaimHealth, type Readiness, readinessOf } from '../observe/readiness.ts';
import { findTracer, spansOf } from '../observe/trace.ts';
import { createProgressDesk, type ProgressDesk } from '../progress/desk.ts';
import type { RunnerHealth } from '../runner.ts';
import { tableStatements } from '../statements.ts';
import type { HttpOptions } from './options.ts';
import { type RunnerServer, startServer } from './server.ts';

/** What the probes ask. */
export interface Inside {
  health(): RunnerHealth;
  readonly lanes: readonly { readonly name: string; readonly claims: ClaimHealth }[];
}

export interface Outside {
  readonly url: string | undefined;
  /** Undefined where nothing is to listen. */
  readonly progress: ProgressDesk | undefined;
  /** For one lane, before it starts. */
  watch(backend: RunnerBackend): LaneWatch;
  /** Listens, if it is to. @throws RunnerError SPOOKY_RUNNER_CANNOT_LISTEN */
  open(inside: Inside): Promise<void>;
  close(): Promise<void>;
}

/** A lane that has missed this many polls is overdue. */
const MISSED_POLLS = 5;

export function createOutside(
  http: HttpOptions | undefined,
  connection: Connection,
  { pollIntervalMs }: { readonly pollIntervalMs: number },
  logger: Logger,
): Outside {
  const tracer = findTracer();
  const progress = http && createProgressDesk(connection, logger);
  const metered: MeteredLane[] = [];
  let server: RunnerServer | undefined;
  let closeMetrics = (): void => {};
  let closed = false;

  function ready({ health, lanes }: Inside): Readiness {
    const { state, connected } = health();
    return readinessOf({
      state,
      connected,
      now: performance.now(),
      overdueMs: pollIntervalMs * MISSED_POLLS,
      lanes: Object.fromEntries(lanes.map(({ name, claims }) => [name, claims])),
    });
  }

  return {
    get url() {
      return server?.url;
    },
    progress,
    watch(backend) {
      const watch = createLaneWatch(backend, tracer && spansOf(tracer, backend));
      const oldestDue = createOldestDue(connection, tableStatements(backend.table).oldestDue);
      metered.push({ name: backend.name, meters: watch.meters, oldestDue });
      return watch;
    },
    async open(inside) {
      if (http === undefined || progress === undefined || closed) return;
      const ofProcess = createProcessMetrics();
      closeMetrics = ofProcess.close;
      const parts = {
        health: () => ({ status: 'ok', ...inside.health() }),
        ready: () => ready(inside),
        metrics: async () => (await metricsPage(metered, connection)) + ofProcess.page(),
        progress,
        logger,
      };
      server = await startServer(http, parts);
      progress.listenAt(server.url);
      // Stopped while the port was being opened.
      if (closed) await server.close();
    },
    async close() {
      closed = true;
      closeMetrics();
      await Promise.all([server?.close(), progress?.end()]);
    },
  };
}
