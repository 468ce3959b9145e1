import type { Route } from './openapi.ts';
import type { Secret } from './secret.ts';

/** sp00ky.yml, checked, with defaults filled in, variables replaced, routes read, and every path absolute. */
export interface SpookyConfig {
  /** The sp00ky.yml it was read from. */
  readonly file: string;
  /** The folder of that file; everything in it is relative to this. */
  readonly root: string;
  readonly mode: 'singlenode';
  readonly surrealdb: DatabaseConfig;
  /** The folder with schema.surql. */
  readonly schema: string;
  readonly clientTypes: readonly { readonly format: 'typescript'; readonly output: string }[];
  readonly runner: RunnerConfig;
  readonly frontend?: { readonly dev: DevCommand };
  readonly backends: Readonly<Record<string, BackendConfig>>;
  readonly schedules: Readonly<Record<string, ScheduleConfig>>;
}

export type DatabaseConfig = { readonly namespace: string; readonly database: string } & (
  | {
      readonly hosting: 'embedded';
      /** An absolute folder for RocksDB, or `memory`. */
      readonly path: string;
    }
  | {
      readonly hosting: 'external';
      readonly endpoint: string;
      /** The owner; absent where nobody migrates. */
      readonly username?: string;
      readonly password?: Secret;
    }
);

/** Where the runner may be asked how it is, and told of progress. */
export interface RunnerConfig {
  /** `127.0.0.1` by default. `SPOOKY_RUNNER_HOST` in the environment overrides it. */
  readonly host: string;
  /** 3667 by default, 0 for nowhere. `SPOOKY_RUNNER_PORT` in the environment overrides it, also with `off`. */
  readonly port: number;
  /** How others reach this runner. `SPOOKY_RUNNER_PUBLIC_URL` in the environment overrides it. */
  readonly publicUrl?: string;
}

export interface BackendConfig {
  readonly name: string;
  readonly type: 'http';
  /** Without a slash at its end. `SPOOKY_BACKEND_<NAME>_URL` in the environment overrides it. */
  readonly baseUrl: string;
  readonly spec: string;
  /** By path. Only these may be called. */
  readonly routes: Readonly<Record<string, Route>>;
  readonly auth?: { readonly type: 'token'; readonly token: Secret };
  readonly method: {
    readonly type: 'outbox';
    readonly table: string;
    readonly schema: string;
    /** Budget of one attempt, in milliseconds; 60,000 by default. */
    readonly timeout: number;
    /** How many jobs one runner delivers to this backend at a time; 16 by default. */
    readonly concurrency: number;
    /** How many jobs of one user one runner delivers at a time; `concurrency` if absent. */
    readonly concurrencyPerOwner?: number | undefined;
    /** When a row says `processing`: once its call has taken 100 ms (the default), or before every call. */
    readonly processing: 'late' | 'always';
    /** Limits of single routes, by path; each is a route of the spec. */
    readonly routes?: Readonly<Record<string, { readonly concurrency: number }>> | undefined;
    /** For how long ended jobs are kept, in milliseconds; what is absent is kept for ever. */
    readonly prune?: { readonly success?: number | undefined; readonly failed?: number | undefined } | undefined;
  };
  readonly dev?: DevCommand;
}

/** A job that starts by the calendar. */
export interface ScheduleConfig {
  readonly name: string;
  readonly timing: ScheduleTiming;
  /** One of `backends`. */
  readonly backend: string;
  /** One of its routes. */
  readonly route: string;
  /** Fits the route's schema. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** What a fire does while a job of an earlier one waits or runs; `skip` by default. */
  readonly concurrency: 'skip' | 'allow' | 'replace';
}

/** When a schedule fires: by a cron expression on the clocks of a time zone, or at every multiple of a span since 1970. */
export type ScheduleTiming = { readonly cron: string; readonly timezone: string } | { readonly everyMs: number };

/** What `spooky dev` starts for a backend or the front end. */
export type DevCommand =
  | { readonly type: 'shell'; readonly command: string }
  | { readonly type: 'npm'; readonly script: string; readonly workdir: string; readonly envFile?: string }
  | {
      readonly type: 'docker';
      /** The Dockerfile. */
      readonly file: string;
      /** The port in the container. */
      readonly port?: number;
      readonly env: Readonly<Record<string, string>>;
      /** The build context. */
      readonly workdir: string;
      readonly envFile?: string;
    }
  | { readonly type: 'uv'; readonly script: string; readonly workdir: string; readonly envFile?: string };
