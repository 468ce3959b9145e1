import type { ConfigIssue } from './errors.ts';
import type { Route } from './openapi.ts';
import type { Secret } from './secret.ts';

/** The checked content of sp00ky.yml: defaults filled in, variables replaced, routes read, and every path absolute. */
export interface SpookyConfig {
  /** Absolute path of the file that was read. */
  readonly file: string;
  /** The folder of that file. Paths in the file are relative to it. */
  readonly root: string;
  /** How the stack is laid out. Only `singlenode` exists. */
  readonly mode: 'singlenode';
  /** The database. */
  readonly surrealdb: DatabaseConfig;
  /** The folder that contains schema.surql. */
  readonly schema: string;
  /** The type files that `spooky generate` writes. Default: none. */
  readonly clientTypes: readonly { readonly format: 'typescript'; readonly output: string }[];
  /** The server of the job runner. */
  readonly runner: RunnerConfig;
  /** The front end, which `spooky dev` starts. Default: none. */
  readonly frontend?: { readonly dev: DevCommand };
  /** The backends by name. */
  readonly backends: Readonly<Record<string, BackendConfig>>;
  /** The schedules by name. Default: none. */
  readonly schedules: Readonly<Record<string, ScheduleConfig>>;
  /** What the specs describe but no job can use, each with its position. */
  readonly warnings: readonly ConfigIssue[];
}

/** Which database is used: the embedded one, or a server (`hosting: external`). */
export type DatabaseConfig = { readonly namespace: string; readonly database: string } & (
  | {
      readonly hosting: 'embedded';
      /** Absolute path of the RocksDB folder, or `memory`. */
      readonly path: string;
    }
  | {
      readonly hosting: 'external';
      /** WebSocket or HTTP URL of the server. */
      readonly endpoint: string;
      /** The database owner, which only migrations need. Absent if its variable is not set. */
      readonly username?: string;
      readonly password?: Secret;
    }
);

/** Where the runner serves probes and metrics and receives progress reports. */
export interface RunnerConfig {
  /** Default `127.0.0.1`. The environment variable `SPOOKY_RUNNER_HOST` overrides it. */
  readonly host: string;
  /**
   * Default 3667; 0 = no server. The environment variable `SPOOKY_RUNNER_PORT` overrides it; its value `off` means 0.
   */
  readonly port: number;
  /** The URL at which backends reach this runner. The environment variable `SPOOKY_RUNNER_PUBLIC_URL` overrides it. */
  readonly publicUrl?: string;
}

/** A backend service and how jobs reach it (seed 000, "Configuration Fields"). */
export interface BackendConfig {
  readonly name: string;
  readonly type: 'http';
  /** Without a trailing slash. The environment variable `SPOOKY_BACKEND_<NAME>_URL` overrides it. */
  readonly baseUrl: string;
  /** Absolute path of the OpenAPI spec. */
  readonly spec: string;
  /** The routes by path. Only these can be called. */
  readonly routes: Readonly<Record<string, Route>>;
  /** The bearer token that the runner sends with every call. Default: none. */
  readonly auth?: { readonly type: 'token'; readonly token: Secret };
  readonly method: {
    readonly type: 'outbox';
    /** The job table. No other backend uses it. */
    readonly table: string;
    /** Absolute path of the SurrealQL file that defines the table. */
    readonly schema: string;
    /** Timeout of one attempt. Milliseconds, default 60,000. */
    readonly timeout: number;
    /** Maximum number of jobs that one runner delivers to this backend at the same time. Default 16. */
    readonly concurrency: number;
    /** Maximum number of jobs of one user that one runner delivers at the same time. Default: `concurrency`. */
    readonly concurrencyPerOwner?: number | undefined;
    /**
     * When a row gets the status `processing`: when its call has taken 100 ms (`late`, the default), or before every
     * call.
     */
    readonly processing: 'late' | 'always';
    /** Concurrency limits of single routes, by path. Each path is a route of the spec. */
    readonly routes?: Readonly<Record<string, { readonly concurrency: number }>> | undefined;
    /** How long ended jobs are kept. Milliseconds; an absent one is kept forever. */
    readonly prune?: { readonly success?: number | undefined; readonly failed?: number | undefined } | undefined;
  };
  /** What `spooky dev` starts for this backend. Default: nothing. */
  readonly dev?: DevCommand;
}

/** A schedule: a rule that makes jobs by the calendar. */
export interface ScheduleConfig {
  readonly name: string;
  readonly timing: ScheduleTiming;
  /** A key of `backends`. */
  readonly backend: string;
  /** A route of that backend. */
  readonly route: string;
  /** Valid for the schema of the route. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** What happens at a fire while a job of an earlier fire waits or runs. Default `skip`. */
  readonly concurrency: 'skip' | 'allow' | 'replace';
}

/** When a schedule fires: by a cron expression in a time zone, or at every multiple of an interval since 1970. */
export type ScheduleTiming = { readonly cron: string; readonly timezone: string } | { readonly everyMs: number };

/** The process that `spooky dev` starts for a backend or the front end (seed 000, "Dev Server"). */
export type DevCommand = {
  /** How long it may take to listen when the stack starts. Milliseconds; default 60,000. */
  readonly startupTimeout?: number;
} & (
  | { readonly type: 'shell'; readonly command: string }
  | { readonly type: 'npm'; readonly script: string; readonly workdir: string; readonly envFile?: string }
  | {
      readonly type: 'docker';
      /** The Dockerfile. */
      readonly file: string;
      /** The port that the container listens on. */
      readonly port?: number;
      readonly env: Readonly<Record<string, string>>;
      /** The build context. Absolute. */
      readonly workdir: string;
      readonly envFile?: string;
    }
  | { readonly type: 'uv'; readonly script: string; readonly workdir: string; readonly envFile?: string }
);
