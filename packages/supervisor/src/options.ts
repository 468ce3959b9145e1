import type { SupervisorLimits } from './limits.ts';
import { invalid, isRecord, milliseconds, text } from './option-checks.ts';
import type { RestartPolicy } from './process/restart-policy.ts';
import type { DependsOn } from './spawn/dependencies.ts';
import type { Permissions } from './spawn/permissions.ts';
import type { Readiness } from './spawn/readiness.ts';

/** Whom a supervisor works for: one user, to whom every process belongs, or an operator, who names the user at spawn. */
export type Scope = { readonly type: 'operator' } | { readonly type: 'user'; readonly userId: string };

export interface SupervisorOptions {
  /** The folder whose `dist/` holds the entries; also the working folder of entries. */
  readonly root: string;
  readonly scope: Scope;
  readonly limits?: SupervisorLimits;
}

interface CommonOptions {
  /** Stable dedupe key: one living process per user, kind and key. Without one, any number of a kind may live. */
  readonly key?: string;
  /** Kept with the process and handed out with its info; a copy. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Of an operator's supervisor: the user to spawn for. Of a user's: that user, or nothing. */
  readonly userId?: string;
  /** Time budget to become ready. Milliseconds, default 15,000; 0 = no limit. */
  readonly startupTimeoutMs?: number;
  /** Time between asking it to stop and killing it. Milliseconds, default 5,000; 0 = kill at once. */
  readonly stopTimeoutMs?: number;
  /**
   * Stop a living process of the same user, kind and key first; default false: then it is an error. Without a key: those
   * of the user and kind that have none either.
   */
  readonly replaceExisting?: boolean;
  /**
   * Kinds that it needs. It is started, and started again, only when each has `started` or is `ready`, and it is stopped
   * before them when the supervisor closes. Its startup timeout runs from its own start. Default: none.
   */
  readonly dependsOn?: DependsOn;
  /** Default: never restart. */
  readonly restart?: RestartPolicy;
  /**
   * Memory that it may use together with all that it started, measured from outside: the sum of the resident sets. Above
   * it is killed, as `failed`. MiB, default 0 = no limit. Not on Windows.
   */
  readonly memoryLimitMb?: number;
}

export interface SpawnOptions extends CommonOptions {
  /** The built entry: a `.js` file under `dist/` of the root. */
  readonly entry: string;
  /** Logical label for filtering and dedupe. Default: the entry. */
  readonly kind?: string;
  /** Handed to the entry; a copy, at most 16 MiB. */
  readonly payload?: unknown;
  /** Longest gap between two heartbeats once ready. Milliseconds, default 15,000; 0 = no watchdog. */
  readonly heartbeatTimeoutMs?: number;
  /** Added to the few variables that an entry inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** Largest JavaScript heap (`--max-old-space-size`). MiB; default: what Node takes by itself. */
  readonly heapLimitMb?: number;
  /** Put the entry under Node's permission model: it may touch its own code, and what is allowed here. Default: no model. */
  readonly permissions?: Permissions;
}

/** Children that are started before they are needed. What is given must be what the spawns give, to the letter. */
export interface SpareOptions extends Pick<SpawnOptions, 'env' | 'heapLimitMb' | 'permissions'> {
  /** How many stand ready, from 0 to 100. Each costs about 40 MB; 0 ends those that there are. */
  readonly count: number;
}

export interface SpawnCommandOptions extends CommonOptions {
  /** Logical label for filtering and dedupe. */
  readonly kind: string;
  /** A program, by path or by name on the PATH of `env`; no shell. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Default: the root. */
  readonly cwd?: string;
  /** The exact environment: nothing is inherited. Default: what an entry inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** When it counts as running. Default: at once. */
  readonly ready?: Readiness;
}

export const DEFAULT_STARTUP_TIMEOUT_MS = 15_000;
export const DEFAULT_HEARTBEAT_TIMEOUT_MS = 15_000;
export const DEFAULT_STOP_TIMEOUT_MS = 5_000;
export const DEFAULT_CLOSE_TIMEOUT_MS = 15_000;

export function spareCount(given: number): number {
  if (Number.isInteger(given) && given >= 0 && given <= 100) return given;
  throw invalid('count must be a whole number of spares from 0 to 100.');
}

/** Refuses what would end every process at once. */
export function memoryLimit(given = 0): number {
  if (typeof given === 'number' && given >= 0 && Number.isFinite(given)) return given;
  throw invalid('memoryLimitMb must be 0 MiB or more.');
}

/** Refuses what would only show when a process has crashed. */
export function restartPolicy(policy: RestartPolicy = { when: 'never' }): RestartPolicy {
  if (!isRecord(policy)) throw invalid('restart must be an object.');
  milliseconds('restart.windowMs', policy.windowMs, 0);
  milliseconds('restart.stableMs', policy.stableMs, 0);
  milliseconds('restart.backoff.initialMs', policy.backoff?.initialMs, 0);
  milliseconds('restart.backoff.maxMs', policy.backoff?.maxMs, 0);
  const { when, maxRestarts = 0 } = policy;
  if (['never', 'on-failure', 'always'].includes(when) && maxRestarts >= 0) return policy;
  throw invalid("restart.when must be 'never', 'on-failure' or 'always', and restart.maxRestarts 0 or more.");
}

/** Refuses addresses that can never answer. */
export function readiness(given: Readiness = { type: 'none' }): Readiness {
  if (!isRecord(given) || !['port', 'http', 'log', 'none'].includes(given.type)) {
    throw invalid("ready.type must be 'port', 'http', 'log' or 'none'.");
  }
  if (given.type === 'log' && !(given.pattern instanceof RegExp)) throw invalid('ready.pattern must be a RegExp.');
  if (given.type === 'port' && !(Number.isInteger(given.port) && given.port > 0 && given.port < 65_536)) {
    throw invalid('ready.port must be a port from 1 to 65535.');
  }
  if (given.type === 'http' && !/^https?:/.test(URL.parse(given.url)?.protocol ?? '')) {
    throw invalid('ready.url must be an http or https URL.');
  }
  return given;
}

export function checkScope(scope: Scope): void {
  if (!isRecord(scope) || !['operator', 'user'].includes(scope.type)) {
    throw invalid("scope must be { type: 'operator' } or { type: 'user', userId }.");
  }
  if (scope.type === 'user') text('scope.userId', scope.userId);
}

/** The user that a call is for: a user's supervisor always targets its own. */
export function targetUser(scope: Scope, userId: string | undefined): string | undefined {
  if (scope.type === 'operator') return userId === undefined ? undefined : text('userId', userId);
  if (userId === undefined || userId === scope.userId) return scope.userId;
  throw invalid('This supervisor works for one user only; leave userId out, or use one with operator scope.');
}
