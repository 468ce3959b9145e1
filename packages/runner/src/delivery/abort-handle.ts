import type { AbortCause } from './answer.ts';

/**
 * Ends the work on one job, for a cause. Each job has one, with one listener at most, which makes it cheaper than an
 * `AbortController`.
 */
export class AbortHandle {
  #cause: AbortCause | undefined;
  #onAbort: ((cause: AbortCause) => void) | undefined;

  /** Why it must end; undefined while it may go on. */
  get cause(): AbortCause | undefined {
    return this.#cause;
  }

  /** The first cause counts. */
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
