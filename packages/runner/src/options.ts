import type { RunnerBackend } from './backends.ts';
import type { DatabaseOptions } from './connection.ts';
import type { BackoffPolicy } from './delivery/backoff.ts';
import type { DeliveryLimits } from './delivery/deliver.ts';
import { RunnerError } from './errors.ts';
import type { HttpOptions } from './http/options.ts';
import type { Logger } from './logger.ts';
import type { OwnershipTiming } from './ownership/timing.ts';
import type { RunnerSchedule } from './schedules/schedule.ts';

/** The options of `createRunner`. */
export interface RunnerOptions {
  /**
   * A prefix for the random id that this runner writes to the rows of its jobs. Default: empty. Job owners can read the
   * id, so it must not reveal where the runner runs. The log shows the id together with host and process.
   */
  readonly runnerId?: string;
  /** The database that holds the outbox tables. */
  readonly database: DatabaseOptions;
  /** At least one; see `runnerBackends`. */
  readonly backends: readonly RunnerBackend[];
  /** Jobs that start by the calendar; see `runnerSchedules`. Default: none. */
  readonly schedules?: readonly RunnerSchedule[];
  /** Where it listens for probes, scrapes and progress reports. Default: it does not listen. */
  readonly http?: HttpOptions;
  /** A pino logger. Default: silent. */
  readonly logger?: Logger;
  /**
   * How often the runner polls the database for due jobs, in milliseconds. Default: 1,000. With a write signal the
   * interval rarely matters.
   */
  readonly pollIntervalMs?: number;
  /**
   * How often the runner looks at its schedules although none is due, in milliseconds, because an owner may resume one, or
   * the database's clock may jump. Default: 5,000.
   */
  readonly schedulePollMs?: number;
  /**
   * The pause before the runner writes an outcome again that the database refused, in milliseconds. It doubles with each
   * refusal, up to one minute. Default: 1,000.
   */
  readonly refusalPauseMs?: number;
  /** Whether the server's write signal wakes the runner. Default: true. Without it, jobs wait for the next poll. */
  readonly signal?: boolean;
  /** When a silent runner counts as dead. Must be the same for all runners of a database. */
  readonly timing?: Partial<OwnershipTiming>;
  /** Delays before retries. Default: from one second to five minutes. */
  readonly backoff?: Partial<BackoffPolicy>;
  /** Limits of one call. Default: 5 s to connect, 10 s of silence within a body, 64 KiB of answer. */
  readonly limits?: Partial<DeliveryLimits>;
}

/** The options with their defaults filled in. */
export interface Settings extends DeliveryLimits {
  readonly pollIntervalMs: number;
  readonly schedulePollMs: number;
  readonly refusalPauseMs: number;
  readonly signal: boolean;
  readonly backoff: BackoffPolicy;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Checks the options and fills in the defaults.
 * @throws RunnerError SPOOKY_RUNNER_BAD_OPTIONS
 */
export function settingsOf(options: RunnerOptions): Settings {
  check(options);
  return {
    pollIntervalMs: options.pollIntervalMs ?? 1_000,
    schedulePollMs: options.schedulePollMs ?? 5_000,
    refusalPauseMs: options.refusalPauseMs ?? 1_000,
    signal: options.signal ?? true,
    backoff: { baseMs: 1_000, capMs: 300_000, ...options.backoff },
    connectTimeoutMs: 5_000,
    bodyTimeoutMs: 10_000,
    maxAnswerBytes: 64 * 1024,
    ...options.limits,
    random: Math.random,
  };
}

function check({ backends, pollIntervalMs, schedulePollMs, refusalPauseMs, timing = {} }: RunnerOptions): void {
  if (backends.length === 0) throw bad('there is no backend; name at least one in sp00ky.yml');
  const tables = new Set(backends.map(({ table }) => table));
  if (tables.size < backends.length) throw bad('two backends share a job table; give each its own');
  for (const { name, baseUrl, concurrency, concurrencyPerOwner, timeoutMs } of backends) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw bad(`the baseUrl of ${name} is not an http(s) URL; write it like http://127.0.0.1:3660`);
    }
    if (!isPositive(concurrency)) throw bad(`the concurrency of ${name} must be a whole number, 1 or more`);
    if (concurrencyPerOwner !== undefined && !isPositive(concurrencyPerOwner)) {
      throw bad(`the concurrencyPerOwner of ${name} must be a whole number, 1 or more`);
    }
    if (!isPositive(timeoutMs)) throw bad(`the timeout of ${name} must be a whole number of milliseconds, 1 or more`);
  }
  for (const [name, value] of Object.entries({ pollIntervalMs, schedulePollMs, refusalPauseMs, ...timing })) {
    if (value !== undefined && !isPositive(value))
      throw bad(`${name} must be a whole number of milliseconds, 1 or more`);
  }
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function bad(message: string): RunnerError {
  return new RunnerError('SPOOKY_RUNNER_BAD_OPTIONS', message);
}
