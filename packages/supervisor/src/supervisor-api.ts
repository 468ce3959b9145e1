import type { SpareOptions, SpawnCommandOptions, SpawnOptions } from './options.ts';
import type { ProcessState } from './process/lifecycle.ts';
import type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process/process-info.ts';
import type { SupervisorSnapshot } from './process/snapshot.ts';
import type { CloseOptions, CloseReport } from './terminate/closing.ts';

export interface StopOptions {
  /** Of an operator: the user that the process must belong to. */
  readonly userId?: string;
  /** For the child's onStop handlers and the log. */
  readonly reason?: string;
}

/** All that is given must match. */
export interface ListFilter {
  readonly userId?: string;
  readonly kind?: string;
  readonly key?: string;
  readonly state?: ProcessState;
}

/** What spawn resolves with. After a restart it stands for the new process. */
export interface ProcessHandle {
  readonly processId: string;
  readonly entry: string;
  readonly kind: string;
  readonly key: string | undefined;
  /** The snapshot at the time of the spawn. */
  readonly info: ProcessInfo;
  /** As `Supervisor.send`. */
  send(payload: unknown): void;
  /** As `Supervisor.stop`. */
  stop(options?: StopOptions): Promise<void>;
  /** The latest snapshot; null once forgotten. */
  refresh(): Promise<ProcessInfo | null>;
}

export interface Supervisor {
  /**
   * Starts an entry in a process of its own and waits for its `ready()`. Settles exactly once; rejects with a
   * SupervisorError when the process times out, fails, ends, is stopped or replaced before that, or an option is wrong.
   * Under a restart policy a failed start is tried again first.
   */
  spawn(options: SpawnOptions): Promise<ProcessHandle>;
  /** The same for any program, without messages and heartbeat; readiness is watched from outside. */
  spawnCommand(options: SpawnCommandOptions): Promise<ProcessHandle>;
  /**
   * Starts several as one: independent ones at the same time, the others when what they depend on is there, whatever
   * their order in the list. Resolves with their handles in that order. All or none: when one cannot be started, the
   * others are stopped again, and it rejects with that error. `…_UNKNOWN_DEPENDENCY` and `…_DEPENDENCY_CYCLE` come
   * before anything is started.
   */
  spawnAll(requests: readonly (SpawnOptions | SpawnCommandOptions)[]): Promise<ProcessHandle[]>;
  /**
   * Keeps warm spares: children that have loaded all but the entry, so that a spawn whose `env`, `heapLimitMb` and
   * `permissions` are the same need not wait for that; any other spawn forks as ever. A spare is used once, for one
   * process, and has run nothing before. Used and dead ones are replaced in the background. They are in no list, count
   * towards no limit, do not keep the host alive, and end with `close`. Resolves when `count` stand ready; rejects with
   * `…_START_FAILED` when one cannot even load.
   */
  keepSpares(options: SpareOptions): Promise<void>;
  /** The living processes and those that ended last (`limits.history`), oldest first. */
  list(filter?: ListFilter): Promise<ProcessInfo[]>;
  get(processId: string, userId?: string): Promise<ProcessInfo | null>;
  /** What `list` gives, and what each living process takes: memory, processor, messages that wait. Measured at the call. */
  snapshot(filter?: ListFilter): Promise<SupervisorSnapshot>;
  /**
   * Sends a copy of the payload. Messages wait, up to `limits.queuedMessages`, until the entry attaches a handler. Throws a
   * SupervisorError: `…_UNKNOWN_PROCESS`, `…_PROCESS_ENDED`, `…_NOT_CLONEABLE`, `…_MESSAGE_TOO_LARGE`, `…_QUEUE_FULL`,
   * `…_NOT_STARTED`, `…_NO_MESSAGES`.
   */
  send(processId: string, payload: unknown, userId?: string): void;
  /**
   * Asks the process to end, kills it and its children after its stop timeout, and resolves when they are gone. It is
   * not restarted, and what depends on it goes on; the id of one that was restarted stands for the one that followed. Resolves at once when it has
   * ended; rejects with `…_UNKNOWN_PROCESS`.
   */
  stop(processId: string, options?: StopOptions): Promise<void>;
  /** Every change of state of every process. Returns a function that detaches the handler. */
  onLifecycle(handler: (event: LifecycleEvent) => void): () => void;
  /** Messages of the entries; earlier ones wait for the first handler. */
  onMessage(handler: (event: MessageEvent) => void): () => void;
  /** What processes write, line by line. */
  onOutput(handler: (event: OutputEvent) => void): () => void;
  /**
   * Stops everything, each process before those that it depends on and independent ones together, and says who held it
   * up. From then on spawn rejects with `…_CLOSED`. Calling it again gives the same report; a shorter `timeoutMs` then
   * makes it hurry.
   */
  close(options?: CloseOptions): Promise<CloseReport>;
}
