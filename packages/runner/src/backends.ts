import type { BackendConfig, Route, Secret, SpookyConfig } from '@spookify/config';
import type { HttpOptions } from './http/options.ts';
import type { Retention } from './outbox/prune.ts';

export { runnerSchedules } from './schedules/schedule.ts';

/** One HTTP backend of `sp00ky.yml` (seed 000) and the outbox table that holds its jobs. */
export interface RunnerBackend {
  /** Its key in `sp00ky.yml`; used in logs, metrics and error reasons. */
  readonly name: string;
  /** The backend's URL, with or without a base path, such as `http://127.0.0.1:3660`. Must be `http` or `https`. */
  readonly baseUrl: string;
  /** Its outbox table (seed 000: `method.table`). Two backends cannot share a table. */
  readonly table: string;
  /** The routes of its OpenAPI spec, by path. The runner calls no other path. */
  readonly routes: Readonly<Record<string, Pick<Route, 'request'>>>;
  /** Sent as `Authorization: Bearer …` (seed 000: `auth.token`), only to this backend. Default: no token. */
  readonly token?: Secret;
  /** The time limit of one attempt, in milliseconds. A job's own `timeout` takes precedence. */
  readonly timeoutMs: number;
  /** How many jobs this runner delivers to the backend at the same time. */
  readonly concurrency: number;
  /**
   * How many of them may belong to one owner, the user who created the job. Default: no limit besides `concurrency`.
   */
  readonly concurrencyPerOwner?: number | undefined;
  /**
   * When a row is set to `processing`: `late`, the default, after its call has taken 100 ms; `always`, before every
   * call (the letter of seed 000), which costs a second write for each job.
   */
  readonly marks?: 'late' | 'always';
  /** How long ended jobs are kept, by status. Default: forever. */
  readonly prune?: Retention | undefined;
  /** Concurrency limits of single routes, by path. Default: none. */
  readonly routeLimits?: ReadonlyMap<string, number>;
}

/** Reads the backends of `sp00ky.yml`. */
export function runnerBackends(config: SpookyConfig): RunnerBackend[] {
  return Object.values(config.backends).map(runnerBackend);
}

/** Reads where the runner listens from `sp00ky.yml`. Undefined for port 0, which means that it does not listen. */
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
