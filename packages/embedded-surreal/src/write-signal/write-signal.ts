/**
 * The write signal: a counter that rises with every request that may have written, and those who wait for it to rise.
 *
 *   raise ──▶ value      every write, nothing else happens
 *   value ──▶ published  at once, or a little later while many wait; then every waiter gets the published value
 *
 * It is a hint: it says that something may have been written, never what. The counter starts at the clock's
 * microseconds, so after a restart it has another value and a client that names the old value is answered at once.
 *
 * Waking a client costs the event loop about 50 µs (its answer and its next question). So after n clients were woken
 * nothing is published for n × 0.25 ms, at most 250 ms: a few waiters learn of a write at once, and a thousand of them
 * cannot take the loop from a busy writer.
 */

/** How long nothing is published after one client was woken, in milliseconds. */
const PAUSE_PER_WAITER_MS = 0.25;
const LONGEST_PAUSE_MS = 250;

/** Over all connections; a waiter costs a timer and a closure. */
const MOST_WAITING = 10_000;

export interface Wait {
  /** The value that the client knows; undefined is answered at once. */
  readonly since: number | undefined;
  /** After this many milliseconds the current value is the answer, changed or not. */
  readonly timeoutMs: number;
  /** Calls its argument when the client has gone; returns what takes that back. */
  readonly onGone: (cancel: () => void) => () => void;
}

export class WriteSignal {
  #value = Date.now() * 1000;
  #published = this.#value;
  readonly #waiting = new Set<() => void>();
  #publishing: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #pausedUntil = 0;
  #closed = false;

  /** Something may have been written. */
  raise(): void {
    this.#value += 1;
    if (this.#waiting.size > 0) this.#schedule();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with the value as soon as it differs from `since`; undefined when too many wait already. */
  async wait({ since, timeoutMs, onGone }: Wait): Promise<number | undefined> {
    if (this.#pausedUntil <= performance.now()) this.#published = this.#value;
    if (this.#closed || since !== this.#published) return this.#published;
    if (this.#waiting.size >= MOST_WAITING) return undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        forget();
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      const forget = onGone(wake);
      this.#waiting.add(wake);
      if (this.#value !== this.#published) this.#schedule();
    });
    return this.#published;
  }

  /** Answers every waiter; later requests are answered at once. */
  close(): void {
    this.#closed = true;
    this.#publish();
  }

  #schedule(): void {
    if (this.#publishing !== undefined) return;
    const pause = this.#pausedUntil - performance.now();
    // Not before the writer's own answer is on its way.
    this.#publishing = pause <= 0 ? setImmediate(() => this.#publish()) : setTimeout(() => this.#publish(), pause);
  }

  #publish(): void {
    this.#publishing = undefined;
    this.#published = this.#value;
    const woken = [...this.#waiting];
    this.#pausedUntil = performance.now() + Math.min(woken.length * PAUSE_PER_WAITER_MS, LONGEST_PAUSE_MS);
    for (const wake of woken) wake();
  }
}
