import type { RunnerBackend } from './backends.ts';
import type { DatabaseOptions } from './connection.ts';
import type { BackoffPolicy } from './delivery/backoff.ts';
import type { DeliveryLimits } from './delivery/deliver.ts';
import { RunnerError } from './errors.ts';
import type { HttpOptions } from './http/options.ts';
import type { Logger } from './logger.ts';
import type { OwnershipTiming } from './ownership/timing.ts';
import type { RunnerSchedule } from './schedules/schedule.ts';

export interface RunnerOptions {
  /**
   * A prefix for the random name that this runner writes into the rows of jobs that it works on. Empty by default: the owners of the jobs can
   * read that name, so it must not say where the runner runs. The log has it beside host and process.
   */
  readonly runnerId?: string;
  readonly database: DatabaseOptions;
  /** At least one. */
  readonly backends: readonly RunnerBackend[];
  /** Jobs that start by the calendar; none by default. */
  readonly schedules?: readonly RunnerSchedule[];
  /** Where it listens for probes, scrapes and progress; nowhere by default. */
  readonly http?: HttpOptions;
  /** A pino logger; silent by default. */
  readonly logger?: Logger;
  /** How often the database is asked what is due, in milliseconds; 1,000 by default. With a write signal it rarely matters. */
  readonly pollIntervalMs?: number;
  /** Whether to be woken by the server's write signal; true by default. Without, jobs wait for the poll. */
  readonly signal?: boolean;
  /** How long a runner counts as alive without a sign of life; the same for all runners of a database. */
  readonly timing?: Partial<OwnershipTiming>;
  /** Delays before retries; from one second to five minutes by default. */
  readonly backoff?: Partial<BackoffPolicy>;
  /** What one call may take; by default 5 s to connect, 10 s of silence in a body, 64 KiB of answer. */
  readonly limits?: Partial<DeliveryLimits>;
}

/** The options with their defaults, as the parts of the runner take them. */
export interface Settings extends DeliveryLimits {
  readonly pollIntervalMs: number;
  readonly signal: boolean;
  readonly backoff: BackoffPolicy;
  /** In [0, 1). */
  readonly random: () => number;
}

/** @throws RunnerError SPOOKY_RUNNER_BAD_OPTIONS */
export function settingsOf(options: RunnerOptions): Settings {
  check(options);
  return {
    pollIntervalMs: options.pollIntervalMs ?? 1_000,
    signal: options.signal ?? true,
    backoff: { baseMs: 1_000, capMs: 300_000, ...options.backoff },
    connectTimeoutMs: 5_000,
    bodyTimeoutMs: 10_000,
    maxAnswerBytes: 64 * 1024,
    ...options.limits,
    random: Math.random,
  };
}

function check({ backends, pollIntervalMs, timing = {} }: RunnerOptions): void {
  if (backends.length === 0) throw bad('there is no backend; name at least one in sp00ky.yml');
  const tables = new Set(backends.map(({ table }) => table));
  if (tables.size < backends.length) throw bad('two backends share a job table; give each its own');
  for (const { name, baseUrl, concurrency, concurrencyPerOwner, timeoutMs } of backends) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw bad(`the baseUrl of ${name} is no http(s) URL; write it like http://127.0.0.1:3660`);
    }
    if (!isPositive(concurrency)) throw bad(`the concurrency of ${name} must be a whole number, 1 or more`);
    if (concurrencyPerOwner !== undefined && !isPositive(concurrencyPerOwner)) {
      throw bad(`the concurrencyPerOwner of ${name} must be a whole number, 1 or more`);
    }
    if (!isPositive(timeoutMs)) throw bad(`the timeout of ${name} must be a whole number of milliseconds, 1 or more`);
  }
  for (const [name, value] of Object.entries({ pollIntervalMs, ...timing })) {
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
