import { SupervisorError } from './errors.ts';
import type { Readiness } from './readiness.ts';
import type { RestartPolicy } from './restart-policy.ts';

/** Whom a supervisor works for: one user, to whom every process belongs, or an operator, who names the user at spawn. */
export type Scope = { readonly type: 'operator' } | { readonly type: 'user'; readonly userId: string };

export interface SupervisorOptions {
  /** The folder whose `dist/` holds the entries; also the working folder of entries. */
  readonly root: string;
  readonly scope: Scope;
}

interface CommonOptions {
  /** Stable dedupe key: one living process per user, kind and key. */
  readonly key?: string;
  /** Kept with the process and handed out with its info; a copy. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Of an operator's supervisor: the user to spawn for. Of a user's: that user, or nothing. */
  readonly userId?: string;
  /** Time budget to become ready. Milliseconds, default 15,000; 0 = no limit. */
  readonly startupTimeoutMs?: number;
  /** Time between asking it to stop and killing it. Milliseconds, default 5,000; 0 = kill at once. */
  readonly stopTimeoutMs?: number;
  /** Stop a living process of the same user, kind and key first; without it that is an error. Default false. */
  readonly replaceExisting?: boolean;
  /** Default: never restart. */
  readonly restart?: RestartPolicy;
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

/** Longer timers fire at once in Node. */
const MAX_MS = 2 ** 31 - 1;

export function milliseconds(name: string, value: number | undefined, otherwise: number): number {
  const ms = value ?? otherwise;
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS) return ms;
  throw new SupervisorError('SPOOKY_SUPERVISOR_INVALID_OPTION', `${name} must be milliseconds from 0 to ${MAX_MS}.`);
}

export function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new SupervisorError('SPOOKY_SUPERVISOR_INVALID_OPTION', `${name} must be a non-empty string.`);
}

/** The user that a call is for: a user's supervisor always targets its own. */
export function targetUser(scope: Scope, userId: string | undefined): string | undefined {
  if (scope.type === 'operator') return userId === undefined ? undefined : text('userId', userId);
  if (userId === undefined || userId === scope.userId) return scope.userId;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_INVALID_OPTION',
    'This supervisor works for one user only; leave userId out, or use one with operator scope.',
  );
}
