import type { ProcessExit } from '../errors.ts';
import type { OutputStream } from '../transport/transport.ts';
import type { ExitReason, ProcessState } from './lifecycle.ts';

/** What identifies a process; part of everything that is told of it. */
export interface ProcessIdentity {
  /** Host-assigned; a restarted process has a new one. */
  readonly processId: string;
  readonly type: 'entry' | 'command';
  /** The entry as given to spawn; of a command, its program. */
  readonly entry: string;
  readonly kind: string;
  readonly key?: string;
  readonly userId?: string;
}

/** A snapshot. Times are milliseconds since 1970. */
export interface ProcessInfo extends ProcessIdentity {
  readonly state: ProcessState;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly pid?: number;
  /** Of one that has no process yet: the kinds that it waits for. */
  readonly waitingFor?: readonly string[];
  /** How often it was restarted before it. */
  readonly restarts: number;
  readonly startedAt: number;
  readonly readyAt?: number;
  /** Entries only; ready() counts as the first. */
  readonly lastHeartbeatAt?: number;
  readonly endedAt?: number;
  /** Why it ends; known from `stopping` on. */
  readonly exitReason?: ExitReason;
  /** What was given to `stop`. */
  readonly stopReason?: string;
  /** What went wrong, for people. */
  readonly error?: string;
  /** The code of that, if it has one: the entry's own, or one of SupervisorErrorCode. */
  readonly errorCode?: string;
  /** In terminal states. */
  readonly exit?: ProcessExit;
}

/** Published at every change of state: the snapshot after it. */
export interface LifecycleEvent extends ProcessInfo {
  readonly at: number;
  /** On a terminal state: it will be started again after so many milliseconds. */
  readonly restartInMs?: number;
  /** On a terminal state: its restart policy has given up. */
  readonly gaveUp?: true;
}

export interface MessageEvent extends ProcessIdentity {
  readonly payload: unknown;
}

export interface OutputEvent extends ProcessIdentity {
  readonly stream: OutputStream;
  /** Without its newline; longer ones come in pieces of 16,384 characters. */
  readonly line: string;
}
