import type { AbortCause } from './answer.ts';

/**
 * The runner's own say over one claimed job: whoever works on it is told when it must end. There is one for every job, and
 * one listener at most, so it is less than an `AbortController`.
 */
export class Hold {
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

  /** Who is told, from now on; one at a time. */
  onAbort(listener: (cause: AbortCause) => void): void {
    this.#onAbort = listener;
  }
}
