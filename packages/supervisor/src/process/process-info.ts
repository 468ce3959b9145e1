import type { ProcessExit } from '../errors.ts';
import type { ErrorDetail } from '../failure/error-detail.ts';
import type { OutputPiece } from '../transport/output-lines.ts';
import type { OutputStream } from '../transport/transport.ts';
import type { ExitReason, ProcessState } from './lifecycle.ts';

/** Identifies a process. Part of every snapshot and event. */
export interface ProcessIdentity {
  /** Assigned by the supervisor. A restarted process gets a new one. */
  readonly processId: string;
  readonly type: 'entry' | 'command';
  /** The entry as given to `spawn`, or the program of a command. */
  readonly entry: string;
  readonly kind: string;
  readonly key?: string;
  readonly userId?: string;
}

/** A process at one moment. Times are milliseconds since 1970. */
export interface ProcessInfo extends ProcessIdentity {
  readonly state: ProcessState;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly pid?: number;
  /** The kinds that it still waits for. Only set before it is started. */
  readonly waitingFor?: readonly string[];
  /** How many restarts preceded this process. */
  readonly restarts: number;
  readonly startedAt: number;
  readonly readyAt?: number;
  /** Only set for entries. `ready()` counts as the first heartbeat. */
  readonly lastHeartbeatAt?: number;
  readonly endedAt?: number;
  /** Why the process ends. Set from `stopping` on. */
  readonly exitReason?: ExitReason;
  /** The `reason` given to `stop`. */
  readonly stopReason?: string;
  /** What went wrong, as a text for people. */
  readonly error?: string;
  /** The code of the error, if it has one: the entry's own code or a SupervisorErrorCode. */
  readonly errorCode?: string;
  /** The error that an entry threw or passed to `fail`, with its place, causes and parts. */
  readonly errorDetail?: ErrorDetail;
  /** How the process ended. Only set in terminal states. */
  readonly exit?: ProcessExit;
}

/** Published at every change of state, with the snapshot after it (seed 003, `onLifecycle`). */
export interface LifecycleEvent extends ProcessInfo {
  readonly at: number;
  /** In a terminal state: the process is restarted after this many milliseconds. */
  readonly restartInMs?: number;
  /** In a terminal state: the restart policy allows no further restart. */
  readonly gaveUp?: true;
}

/** A message from an entry (seed 003, `onMessage`). */
export interface MessageEvent extends ProcessIdentity {
  readonly payload: unknown;
}

/** A line that a process wrote, or a piece of one. All output arrives before the event of the terminal state. */
export interface OutputEvent extends ProcessIdentity {
  readonly stream: OutputStream;
  /**
   * The text without its newline. Invalid UTF-8 is replaced with U+FFFD. After a carriage return only the newer text of
   * the line is kept.
   */
  readonly line: string;
  /**
   * The line has no end yet: it waited a second for its newline, or it is longer than 16,384 characters. The next event
   * of the stream continues or replaces it.
   */
  readonly partial?: true;
  /**
   * The text continues the line of the previous event of this stream. Without it, text after a partial line replaces
   * it, as a progress bar does.
   */
  readonly continues?: true;
}

export function outputEvent(identity: ProcessIdentity, stream: OutputStream, piece: OutputPiece): OutputEvent {
  const { text, partial, continues } = piece;
  return {
    ...{ ...identity, stream, line: text },
    ...(partial ? { partial } : {}),
    ...(continues ? { continues } : {}),
  };
}
