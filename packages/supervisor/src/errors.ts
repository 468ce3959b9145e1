import type { Activity } from './diagnosis/activity.ts';

/** The codes of every `SupervisorError`. Codes are stable; messages may be reworded. */
export type SupervisorErrorCode =
  /** An option has the wrong type or range. */
  | 'SPOOKY_SUPERVISOR_INVALID_OPTION'
  /** The entry is not a `.js` file. */
  | 'SPOOKY_SUPERVISOR_ENTRY_NOT_BUILT'
  /** There is no file where the entry points. */
  | 'SPOOKY_SUPERVISOR_ENTRY_MISSING'
  /** The entry is outside `dist/` of the root, directly or through a symbolic link. */
  | 'SPOOKY_SUPERVISOR_ENTRY_OUTSIDE'
  /** The entry could not be imported: it has a syntax error or a missing import, or it threw while it was evaluated. */
  | 'SPOOKY_SUPERVISOR_ENTRY_LOAD'
  /** The entry exports neither a default function nor `run`. */
  | 'SPOOKY_SUPERVISOR_ENTRY_NO_EXPORT'
  /** Another living process has the same user, kind and key. */
  | 'SPOOKY_SUPERVISOR_KEY_TAKEN'
  /** The number of living processes has reached `limits.processes`. */
  | 'SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES'
  /** A process depends on a kind that no living process has. */
  | 'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY'
  /** Processes depend on each other in a circle. */
  | 'SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE'
  /** A dependency of the process ended before the process was started. */
  | 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED'
  /** Another program already accepts connections on the port that the command should listen on. */
  | 'SPOOKY_SUPERVISOR_PORT_TAKEN'
  /** The process was not ready within its startup timeout. */
  | 'SPOOKY_SUPERVISOR_START_TIMED_OUT'
  /** The process failed, completed or ended before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_FAILED'
  /** Before it was ready, the process and its descendants used more memory than `memoryLimitMb`. */
  | 'SPOOKY_SUPERVISOR_MEMORY_LIMIT'
  /** The process exhausted its JavaScript heap before it was ready. */
  | 'SPOOKY_SUPERVISOR_HEAP_LIMIT'
  /** The process was stopped before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_STOPPED'
  /** The process was replaced before it was ready. */
  | 'SPOOKY_SUPERVISOR_START_REPLACED'
  /** No process has this id, or it belongs to another user. */
  | 'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS'
  /** The process still waits for its dependencies and cannot receive messages yet. */
  | 'SPOOKY_SUPERVISOR_NOT_STARTED'
  /** The process has ended, or is ending and no longer receives messages. */
  | 'SPOOKY_SUPERVISOR_PROCESS_ENDED'
  /** The message was sent to a command. Commands do not speak the child protocol. */
  | 'SPOOKY_SUPERVISOR_NO_MESSAGES'
  /** The value cannot be copied to another process: it contains a function, a symbol, a promise or similar. */
  | 'SPOOKY_SUPERVISOR_NOT_CLONEABLE'
  /** The message or payload is larger than `limits.messageBytes`. */
  | 'SPOOKY_SUPERVISOR_MESSAGE_TOO_LARGE'
  /** More than `limits.queuedMessages` messages wait for the receiver. */
  | 'SPOOKY_SUPERVISOR_QUEUE_FULL'
  /** The supervisor is closing or closed. */
  | 'SPOOKY_SUPERVISOR_CLOSED';

/** How a process ended, as reported by the operating system. */
export interface ProcessExit {
  /** Absent when the program could not be started. */
  readonly pid?: number;
  /** `null` when a signal ended the process. */
  readonly exitCode: number | null;
  /** The signal that ended the process, or `null`. */
  readonly signal: NodeJS.Signals | null;
  /** Whether the supervisor killed the process. */
  readonly forced: boolean;
  /** What the process was doing when it timed out, if the diagnosis found out. */
  readonly activity?: Activity;
  /** The last lines of standard error, at most 50, each at most 1,000 characters. */
  readonly stderr: readonly string[];
}

/** Every function of this package throws this error or rejects with it. Distinguish errors by `code`. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;
  /** How the process ended. Set for errors of a process that was started and ended before it was ready. */
  readonly exit: ProcessExit | undefined;

  constructor(code: SupervisorErrorCode, message: string, options: { cause?: unknown; exit?: ProcessExit } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.exit = options.exit;
  }
}
