import type { SpareOptions, SpawnCommandOptions, SpawnOptions } from './options.ts';
import type { ProcessState } from './process/lifecycle.ts';
import type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process/process-info.ts';
import type { SupervisorSnapshot } from './process/snapshot.ts';
import type { CloseOptions, CloseReport } from './terminate/closing.ts';

/** Options of `stop`. */
export interface StopOptions {
  /** The user that the process must belong to. Default: any. */
  readonly userId?: string;
  /** Passed to the child's `onStop` handlers and kept as `stopReason`. Default: the exit reason. */
  readonly reason?: string;
}

/** Conditions of `list` and `snapshot`. A process must match all that are given. */
export interface ListFilter {
  readonly userId?: string;
  readonly kind?: string;
  readonly key?: string;
  readonly state?: ProcessState;
}

/** A spawned process (seed 003). After a restart the handle refers to the new process. */
export interface ProcessHandle {
  readonly processId: string;
  /** The entry as given to `spawn`, or the program of a command. */
  readonly entry: string;
  readonly kind: string;
  readonly key: string | undefined;
  /** The snapshot at the moment when the spawn resolved. */
  readonly info: ProcessInfo;
  /** Like `Supervisor.send`, for this process. */
  send(payload: unknown): void;
  /** Like `Supervisor.stop`, for this process. */
  stop(options?: StopOptions): Promise<void>;
  /** Returns the latest snapshot, or `null` when the process has left the history. */
  refresh(): Promise<ProcessInfo | null>;
}

/** Starts, watches and stops processes (seed 003, "Methods"). */
export interface Supervisor {
  /**
   * Starts an entry in its own process and waits for its `ready()`. Settles exactly once. With a restart policy, a
   * failed start is retried first.
   *
   * @throws SupervisorError when an option is wrong, when a limit is reached, or when the process times out, fails,
   * ends, is stopped or is replaced before it is ready. The process has ended when the promise rejects.
   */
  spawn(options: SpawnOptions): Promise<ProcessHandle>;
  /**
   * Starts any program. It has no messages and no heartbeat; the supervisor watches its readiness from outside.
   *
   * @throws SupervisorError like `spawn`, and with `SPOOKY_SUPERVISOR_PORT_TAKEN` when something else already answers
   * on its port.
   */
  spawnCommand(options: SpawnCommandOptions): Promise<ProcessHandle>;
  /**
   * Starts several processes together: independent ones at the same time, the others when their dependencies are ready.
   * The order of the list does not matter. Resolves with the handles in the order of the list. If one process cannot
   * start, the others are stopped and the promise rejects with that error.
   *
   * @throws SupervisorError like `spawn`; `SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY` and
   * `SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE` before anything is started.
   */
  spawnAll(requests: readonly (SpawnOptions | SpawnCommandOptions)[]): Promise<ProcessHandle[]>;
  /**
   * Keeps spares: children that have loaded everything but the entry. A spawn with equal `env`, `heapLimitMb` and
   * `permissions` takes one and saves that time; any other spawn forks a new child. A spare serves one spawn and has
   * run nothing before. Used and dead spares are replaced in the background. Spares appear in no list, count towards no
   * limit, do not keep the host alive, and end with `close`.
   *
   * Resolves when `count` spares are ready.
   *
   * @throws SupervisorError `SPOOKY_SUPERVISOR_START_FAILED` when a spare ends before it has loaded.
   */
  keepSpares(options: SpareOptions): Promise<void>;
  /** Returns the living processes and the last ones that ended (`limits.history`), oldest first. */
  list(filter?: ListFilter): Promise<ProcessInfo[]>;
  /** Returns one process, or `null` if the id is unknown, forgotten, or belongs to another user than `userId`. */
  get(processId: string, userId?: string): Promise<ProcessInfo | null>;
  /**
   * Returns what `list` returns, plus the memory, processor time and waiting messages of each living process. Measured
   * at the call.
   */
  snapshot(filter?: ListFilter): Promise<SupervisorSnapshot>;
  /**
   * Sends a copy of the payload to an entry. Messages wait, up to `limits.queuedMessages`, until the entry attaches a
   * handler.
   *
   * @throws SupervisorError with `SPOOKY_SUPERVISOR_UNKNOWN_PROCESS`, `…_PROCESS_ENDED`, `…_NOT_STARTED`,
   * `…_NOT_CLONEABLE`, `…_MESSAGE_TOO_LARGE`, `…_QUEUE_FULL` or `…_NO_MESSAGES`.
   */
  send(processId: string, payload: unknown, userId?: string): void;
  /**
   * Asks the process to end, kills it and its children after `stopTimeoutMs`, and resolves when they are gone. The
   * process is not restarted, and processes that depend on it keep running. The id of a restarted process refers to its
   * successor. Resolves immediately if the process has already ended.
   *
   * @throws SupervisorError `SPOOKY_SUPERVISOR_UNKNOWN_PROCESS`.
   */
  stop(processId: string, options?: StopOptions): Promise<void>;
  /** Calls the handler at every change of state of every process. Returns a function that removes the handler. */
  onLifecycle(handler: (event: LifecycleEvent) => void): () => void;
  /**
   * Calls the handler with each message of an entry. Earlier messages wait for the first handler. Returns a function
   * that removes the handler.
   */
  onMessage(handler: (event: MessageEvent) => void): () => void;
  /** Calls the handler with each line that a process writes. Returns a function that removes the handler. */
  onOutput(handler: (event: OutputEvent) => void): () => void;
  /**
   * Stops all processes: each one before its dependencies, independent ones together. The report says how long each one
   * took. Later spawns reject with `SPOOKY_SUPERVISOR_CLOSED`. A second call returns the same report; with a shorter
   * `timeoutMs` it shortens the wait.
   */
  close(options?: CloseOptions): Promise<CloseReport>;
}
