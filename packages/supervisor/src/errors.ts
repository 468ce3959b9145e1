import type { Activity } from './diagnosis/activity.ts';

/** Every way in which the supervisor refuses or gives up. Codes are stable; messages may be reworded. */
export type SupervisorErrorCode =
  /** An option has the wrong type or range. */
  | 'SPOOKY_SUPERVISOR_INVALID_OPTION'
  /** The entry is not a `.js` file. */
  | 'SPOOKY_SUPERVISOR_ENTRY_NOT_BUILT'
  /** There is no file where the entry points. */
  | 'SPOOKY_SUPERVISOR_ENTRY_MISSING'
  /** The entry lies outside `dist/` of the root, directly or through a symbolic link. */
  | 'SPOOKY_SUPERVISOR_ENTRY_OUTSIDE'
  /** The entry could not be imported: a syntax error, a missing import, an error while it was evaluated. */
  | 'SPOOKY_SUPERVISOR_ENTRY_LOAD'
  /** The entry exports neither a default function nor `run`. */
  | 'SPOOKY_SUPERVISOR_ENTRY_NO_EXPORT'
  /** Another process of the same user, kind and key is alive. */
  | 'SPOOKY_SUPERVISOR_KEY_TAKEN'
  /** As many processes as `limits.processes` allows are alive. */
  | 'SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES'
  /** No living process is of the kind that another one depends on. */
  | 'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY'
  /** Processes depend on each other in a circle. */
  | 'SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE'
  /** What the process depends on was gone before it could be started. */
  | 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED'
  /** Something else already answers on the port that a command shall be ready on. */
  | 'SPOOKY_SUPERVISOR_PORT_TAKEN'
  /** The process was not ready within its startup timeout. */
  | 'SPOOKY_SUPERVISOR_START_TIMED_OUT'
  /** The process failed, completed or ended before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_FAILED'
  /** The process, with all that it started, used more memory than its `memoryLimitMb` before it was ready. */
  | 'SPOOKY_SUPERVISOR_MEMORY_LIMIT'
  /** The entry ran out of its JavaScript heap before it was ready. */
  | 'SPOOKY_SUPERVISOR_HEAP_LIMIT'
  /** The process was stopped before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_STOPPED'
  /** The process was replaced before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_REPLACED'
  /** No process has this id (for this user). */
  | 'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS'
  /** The process waits for what it depends on, and can take no messages yet. */
  | 'SPOOKY_SUPERVISOR_NOT_STARTED'
  /** The process has ended, or is about to and no longer listens. */
  | 'SPOOKY_SUPERVISOR_PROCESS_ENDED'
  /** A command was sent a message: it does not speak the child protocol. */
  | 'SPOOKY_SUPERVISOR_NO_MESSAGES'
  /** The value cannot be copied to another process: it holds a function, a symbol, a promise or the like. */
  | 'SPOOKY_SUPERVISOR_NOT_CLONEABLE'
  /** The message or payload is larger than `limits.messageBytes`. */
  | 'SPOOKY_SUPERVISOR_MESSAGE_TOO_LARGE'
  /** More than `limits.queuedMessages` messages wait to be taken by the other side. */
  | 'SPOOKY_SUPERVISOR_QUEUE_FULL'
  /** The supervisor is closing or closed. */
  | 'SPOOKY_SUPERVISOR_CLOSED';

/** How a process ended, as far as the operating system tells. */
export interface ProcessExit {
  /** Absent when the program could not be started at all. */
  readonly pid?: number;
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the supervisor had to kill it. */
  readonly forced: boolean;
  /** Of one that timed out: what it was doing, as far as that could be seen. */
  readonly activity?: Activity;
  /** The last lines that it wrote to standard error, at most 50. */
  readonly stderr: readonly string[];
}

/** Thrown, or rejected with, by everything in this package. Tell errors apart by `code`. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;
  /** How the process ended, on the `SPOOKY_SUPERVISOR_START_…` codes. */
  readonly exit: ProcessExit | undefined;

  constructor(code: SupervisorErrorCode, message: string, options: { cause?: unknown; exit?: ProcessExit } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.exit = options.exit;
  }
}
