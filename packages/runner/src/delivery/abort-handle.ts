import type { AbortCause } from './answer.ts';

/**
 * Aborts the work on one job and records the cause. Each job has its own handle with at most one listener, which makes
 * it cheaper than an `AbortController`.
 */
export class AbortHandle {
  #cause: AbortCause | undefined;
  #onAbort: ((cause: AbortCause) => void) | undefined;

  /** Why the work is aborted; undefined if it is not. */
  get cause(): AbortCause | undefined {
    return this.#cause;
  }

  /** Only the first cause counts. */
  abort(cause: AbortCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#onAbort?.(cause);
  }

  /** Replaces the listener. */
  onAbort(listener: (cause: AbortCause) => void): void {
    this.#onAbort = listener;
  }
}
