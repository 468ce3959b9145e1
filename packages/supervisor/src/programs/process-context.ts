/** The argument of an entry's function (seed 003, "Child Entry Shape"). */
export interface ProcessContext {
  /** The id that the supervisor assigned to this process. */
  readonly processId: string;
  /** The entry as given to `spawn`. */
  readonly entry: string;
  /** The kind of the process. */
  readonly kind: string;
  /** The deduplication key, if one was given. */
  readonly key: string | undefined;
  /** A copy of the payload given to `spawn`. */
  readonly payload: unknown;
  /** A copy of the metadata given to `spawn`. */
  readonly metadata: Record<string, unknown> | undefined;
  /** The user that this process belongs to, if any. */
  readonly userId: string | undefined;
  /** Reports a successful start. `spawn` waits for it. */
  ready(): void;
  /** Resets the host's watchdog. Call it more often than every `heartbeatTimeoutMs`. */
  heartbeat(): void;
  /**
   * Sends a copy of `payload` to the host.
   *
   * @throws TypeError when it cannot be copied; RangeError when it is larger than `limits.messageBytes` of the
   * supervisor, or when `limits.queuedMessages` messages still wait for the host to read them.
   */
  send(payload: unknown): void;
  /**
   * Calls the handler with each message from the host. Earlier messages wait for the first handler. Returns a function
   * that removes the handler.
   */
  onMessage(handler: (payload: unknown) => void): () => void;
  /** Marks the process as completed and ends it. */
  complete(): void;
  /**
   * Marks the process as failed and ends it. The error is sent to the host with its place, causes and parts, but without
   * other fields.
   */
  fail(error?: unknown): void;
  /**
   * Calls the handler once when the host asks for a stop, even if it asked before the handler was attached. If the
   * handler returns a promise, the process exits when that settles. Returns a function that removes the handler.
   */
  onStop(handler: (reason: string) => unknown): () => void;
}
