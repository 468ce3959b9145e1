import type { BackendConfig, Route, Secret, SpookyConfig } from '@spookify/config';
import type { HttpOptions } from './http/options.ts';
import type { Retention } from './outbox/prune.ts';

export { runnerSchedules } from './schedules/schedule.ts';

/** One HTTP service that jobs are delivered to, and the outbox table it is fed from. */
export interface RunnerBackend {
  readonly name: string;
  /** Where it listens, with or without a base path: `http://127.0.0.1:3660`. */
  readonly baseUrl: string;
  /** Its outbox table. No two backends share one. */
  readonly table: string;
  /** The routes of its OpenAPI spec, by path. Nothing else is ever called. */
  readonly routes: Readonly<Record<string, Pick<Route, 'request'>>>;
  /** Sent as `Authorization: Bearer …`, to this backend alone. */
  readonly token?: Secret;
  /** Budget of one attempt in milliseconds, where the job has none of its own. */
  readonly timeoutMs: number;
  /** How many jobs this runner delivers to it at a time. */
  readonly concurrency: number;
  /** How many of them of one owner, that is of one user who made them; no limit of its own by default. */
  readonly concurrencyPerOwner?: number | undefined;
  /**
   * When a row says `processing`: `late`, the default, once a call has taken 100 ms; `always`, before every call, which costs a
   * second write for each job.
   */
  readonly marks?: 'late' | 'always';
  /** For how long its ended jobs are kept; for ever by default. */
  readonly prune?: Retention | undefined;
  /** How many of one route, where that is less. By path; none by default. */
  readonly routeLimits?: ReadonlyMap<string, number>;
}

/** The backends of sp00ky.yml, as the runner takes them. */
export function runnerBackends(config: SpookyConfig): RunnerBackend[] {
  return Object.values(config.backends).map(runnerBackend);
}

/** Where sp00ky.yml lets the runner listen; undefined for nowhere. */
export function runnerHttp({ runner }: SpookyConfig): HttpOptions | undefined {
  return runner.port === 0 ? undefined : runner;
}

function runnerBackend(backend: BackendConfig): RunnerBackend {
  return {
    name: backend.name,
    baseUrl: backend.baseUrl,
    table: backend.method.table,
    routes: backend.routes,
    ...(backend.auth && { token: backend.auth.token }),
    timeoutMs: backend.method.timeout,
    concurrency: backend.method.concurrency,
    concurrencyPerOwner: backend.method.concurrencyPerOwner,
    marks: backend.method.processing,
    routeLimits: new Map(Object.entries(backend.method.routes ?? {}).map(([path, limit]) => [path, limit.concurrency])),
    prune: backend.method.prune,
  };
}
