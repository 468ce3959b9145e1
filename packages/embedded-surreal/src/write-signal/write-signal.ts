/**
 * The write signal: a counter that rises with every request that may have written, and those who wait for it to rise.
 *
 *   raise ──▶ value      every write, nothing else happens
 *   value ──▶ waiters    at once, or a little later while many wait; those with news are answered
 *
 * It is a hint: it says that something may have been written, never what. A connection's own writes are no news to it:
 * the value that it sees is the counter less its own writes, and so rises with those of others only. The counter
 * starts at the clock's microseconds, so after a restart it has another value and a client that names the old value is
 * answered at once. The same holds for a client that connects again: a new connection sees the whole counter, which is
 * never below a value that another one was given.
 *
 * Waking a client costs the event loop about 50 µs (its answer and its next question). So after n clients were woken
 * no others are for n × 0.25 ms, at most 250 ms: a few waiters learn of a write at once, and a thousand of them
 * cannot take the loop from a busy writer.
 */

/** How long no other client is woken after one was, in milliseconds. */
const PAUSE_PER_WAITER_MS = 0.25;
const LONGEST_PAUSE_MS = 250;

/** Over all connections; a waiter costs a timer and a closure. */
const MOST_WAITING = 10_000;

/** What one connection writes. */
export interface Writer {
  /** How often it has raised the signal. */
  ownWrites: number;
}

export interface Wait {
  /** The connection that waits. */
  readonly writer: Writer;
  /** The value that the client knows, of this connection or an earlier one; undefined is answered at once. */
  readonly since: number | undefined;
  /** After this many milliseconds the current value is the answer, changed or not. */
  readonly timeoutMs: number;
  /** Calls its argument when the client has gone; returns what takes that back. */
  readonly onGone: (cancel: () => void) => () => void;
}

interface Waiter {
  hasNews(): boolean;
  wake(): void;
}

export class WriteSignal {
  #value = Date.now() * 1000;
  readonly #waiting = new Set<Waiter>();
  #waking: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #pausedUntil = 0;
  #closed = false;

  /** The writer may have written something. */
  raise(writer: Writer): void {
    writer.ownWrites += 1;
    this.#value += 1;
    if (this.#waiting.size > 0) this.#schedule();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with the value that the writer sees as soon as it differs from `since`; undefined when too many wait already. */
  async wait({ writer, since, timeoutMs, onGone }: Wait): Promise<number | undefined> {
    const hasNews = (): boolean => this.#valueFor(writer) !== since;
    if (this.#closed || since === undefined || (hasNews() && !this.#isPaused())) return this.#valueFor(writer);
    if (this.#waiting.size >= MOST_WAITING) return undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        forget();
        this.#waiting.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { hasNews, wake };
      const timer = setTimeout(wake, timeoutMs);
      const forget = onGone(wake);
      this.#waiting.add(waiter);
      if (hasNews()) this.#schedule();
    });
    return this.#valueFor(writer);
  }

  /** Answers every waiter; later requests are answered at once. */
  close(): void {
    this.#closed = true;
    for (const { wake } of [...this.#waiting]) wake();
  }

  #valueFor({ ownWrites }: Writer): number {
    return this.#value - ownWrites;
  }

  #isPaused(): boolean {
    return this.#pausedUntil > performance.now();
  }

  #schedule(): void {
    if (this.#waking !== undefined) return;
    const pause = this.#pausedUntil - performance.now();
    // Not before the writer's own answer is on its way.
    this.#waking =
      pause <= 0 ? setImmediate(() => this.#wakeThoseWithNews()) : setTimeout(() => this.#wakeThoseWithNews(), pause);
  }

  #wakeThoseWithNews(): void {
    this.#waking = undefined;
    const woken = [...this.#waiting].filter((waiter) => waiter.hasNews());
    if (woken.length === 0) return;
    this.#pausedUntil = performance.now() + Math.min(woken.length * PAUSE_PER_WAITER_MS, LONGEST_PAUSE_MS);
    for (const { wake } of woken) wake();
  }
}
