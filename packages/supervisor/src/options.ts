import type { SupervisorLimits } from './limits.ts';
import { invalidOption, isRecord, milliseconds, requiredString } from './option-checks.ts';
import type { RestartPolicy } from './process/restart-policy.ts';
import type { DependsOn } from './spawn/dependencies.ts';
import type { Permissions } from './spawn/permissions.ts';
import type { Readiness } from './spawn/readiness.ts';

/**
 * The user that a supervisor works for. With `user`, every process belongs to that user. With `operator`, each spawn
 * may name a user (seed 003, "Multi-User Behavior").
 */
export type Scope = { readonly type: 'operator' } | { readonly type: 'user'; readonly userId: string };

/** Options of `createSupervisor`. */
export interface SupervisorOptions {
  /**
   * The folder whose `dist/` contains the entries. Also the working directory of entries, and the default one of
   * commands.
   */
  readonly root: string;
  /** Whose processes these are. */
  readonly scope: Scope;
  /** Limits on processes, messages and history. Default: see each limit. */
  readonly limits?: SupervisorLimits;
}

/**
 * Options that `spawn` and `spawnCommand` share. Names and defaults of `key`, `metadata`, `userId`, `startupTimeoutMs`
 * and `replaceExisting` are those of seed 003.
 */
interface CommonOptions {
  /**
   * Deduplication key: at most one living process may have the same user, kind and key. Default: none, so any number of
   * processes of the kind may run.
   */
  readonly key?: string;
  /** Arbitrary data that `info`, `list` and events return with the process. Copied at the spawn. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * The user that the process belongs to. A supervisor with `operator` scope takes any user or none. With `user` scope
   * it must be that user or absent.
   */
  readonly userId?: string;
  /** Time to become ready. Milliseconds, default 15,000; 0 = no limit. After it the process is ended as `timed_out`. */
  readonly startupTimeoutMs?: number;
  /**
   * What the error of a process that was not ready in time advises, for readers who cannot change the call of `spawn`.
   * Default: to make it ready, or to raise `startupTimeoutMs`.
   */
  readonly startupAdvice?: string;
  /** Time between the request to stop and the kill. Milliseconds, default 5,000; 0 = kill immediately. */
  readonly stopTimeoutMs?: number;
  /**
   * Whether to stop a living process of the same user, kind and key first. Without a key it stops those of the same
   * user and kind that have no key. Default false: a spawn with a key that is in use rejects with
   * `SPOOKY_SUPERVISOR_KEY_TAKEN`.
   */
  readonly replaceExisting?: boolean;
  /**
   * Kinds that this process needs. It starts and restarts only when each of them has `started` or is `ready`, and
   * `close` stops it before them. Its startup timeout runs from its own start. Default: none.
   */
  readonly dependsOn?: DependsOn;
  /** When the process is restarted after it ended by itself. Default: never. */
  readonly restart?: RestartPolicy;
  /**
   * Maximum memory of the process and its descendants: the sum of their resident sets, measured from outside. Above it
   * the process is killed and `failed`. MiB, default 0 = no limit. Has no effect on Windows.
   */
  readonly memoryLimitMb?: number;
}

/** Options of `spawn` (seed 003). */
export interface SpawnOptions extends CommonOptions {
  /** The entry: a built `.js` file under `dist/` of the root. */
  readonly entry: string;
  /** Label for filters, dependencies and deduplication. Default: the entry. */
  readonly kind?: string;
  /** Passed to the entry as a copy, of at most `limits.messageBytes` (16 MiB). Default: undefined. */
  readonly payload?: unknown;
  /** Maximum time between two heartbeats once the process is ready. Milliseconds, default 15,000; 0 = no watchdog. */
  readonly heartbeatTimeoutMs?: number;
  /** Variables added to the few that an entry inherits. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Maximum size of the JavaScript heap (`--max-old-space-size`). MiB; default: Node's own. */
  readonly heapLimitMb?: number;
  /**
   * Runs the entry under Node's permission model: it may read its own code and do what is listed here. Default: without
   * the model.
   */
  readonly permissions?: Permissions;
}

/**
 * Options of `keepSpares`. A spawn uses a spare only if its `env`, `heapLimitMb` and `permissions` are equal to these.
 */
export interface SpareOptions extends Pick<SpawnOptions, 'env' | 'heapLimitMb' | 'permissions'> {
  /** Number of spares to keep ready, from 0 to 100. Each one costs about 40 MB; 0 ends the existing ones. */
  readonly count: number;
}

/** Options of `spawnCommand`. */
export interface SpawnCommandOptions extends CommonOptions {
  /** Label for filters, dependencies and deduplication. */
  readonly kind: string;
  /** The program: a path, or a name on the PATH of `env`. It is started without a shell. */
  readonly command: string;
  /** Arguments of the program. Default: none. */
  readonly args?: readonly string[];
  /** Working directory. Default: the root. */
  readonly cwd?: string;
  /** The complete environment: nothing is inherited. Default: the variables that an entry inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** When the command is ready. Default: as soon as it has started. */
  readonly ready?: Readiness;
}

export const DEFAULT_STARTUP_TIMEOUT_MS = 15_000;
export const DEFAULT_STARTUP_ADVICE = {
  entry: 'call ready(), or raise startupTimeoutMs if it needs longer',
  command: 'check its ready option, or raise startupTimeoutMs if it needs longer',
};
export const DEFAULT_HEARTBEAT_TIMEOUT_MS = 15_000;
export const DEFAULT_STOP_TIMEOUT_MS = 5_000;
export const DEFAULT_CLOSE_TIMEOUT_MS = 15_000;

export function spareCount(given: number): number {
  if (Number.isInteger(given) && given >= 0 && given <= 100) return given;
  throw invalidOption('count must be a whole number of spares from 0 to 100.');
}

/** Refuses limits that would end every process immediately. */
export function memoryLimit(given = 0): number {
  if (typeof given === 'number' && given >= 0 && Number.isFinite(given)) return given;
  throw invalidOption('memoryLimitMb must be 0 MiB or more.');
}

/** Refuses policies whose errors would otherwise appear only after a crash. */
export function restartPolicy(policy: RestartPolicy = { when: 'never' }): RestartPolicy {
  if (!isRecord(policy)) throw invalidOption('restart must be an object.');
  milliseconds('restart.windowMs', policy.windowMs, 0);
  milliseconds('restart.stableMs', policy.stableMs, 0);
  milliseconds('restart.backoff.initialMs', policy.backoff?.initialMs, 0);
  milliseconds('restart.backoff.maxMs', policy.backoff?.maxMs, 0);
  const { when, maxRestarts = 0 } = policy;
  if (['never', 'on-failure', 'always'].includes(when) && maxRestarts >= 0) return policy;
  throw invalidOption("restart.when must be 'never', 'on-failure' or 'always', and restart.maxRestarts 0 or more.");
}

/** Refuses addresses that can never answer. */
export function readiness(given: Readiness = { type: 'none' }): Readiness {
  if (!isRecord(given) || !['port', 'http', 'log', 'none'].includes(given.type)) {
    throw invalidOption("ready.type must be 'port', 'http', 'log' or 'none'.");
  }
  if (given.type === 'log' && !(given.pattern instanceof RegExp))
    throw invalidOption('ready.pattern must be a RegExp.');
  if (given.type === 'port' && !(Number.isInteger(given.port) && given.port > 0 && given.port < 65_536)) {
    throw invalidOption('ready.port must be a port from 1 to 65535.');
  }
  if (given.type === 'http' && !/^https?:/.test(URL.parse(given.url)?.protocol ?? '')) {
    throw invalidOption('ready.url must be an http or https URL.');
  }
  return given;
}

export function checkScope(scope: Scope): void {
  if (!isRecord(scope) || !['operator', 'user'].includes(scope.type)) {
    throw invalidOption("scope must be { type: 'operator' } or { type: 'user', userId }.");
  }
  if (scope.type === 'user') requiredString('scope.userId', scope.userId);
}

/** The user that a call is for. With `user` scope it is always the user of the scope. */
export function targetUser(scope: Scope, userId: string | undefined): string | undefined {
  if (scope.type === 'operator') return userId === undefined ? undefined : requiredString('userId', userId);
  if (userId === undefined || userId === scope.userId) return scope.userId;
  throw invalidOption('This supervisor works for one user only; leave userId out, or use one with operator scope.');
}
