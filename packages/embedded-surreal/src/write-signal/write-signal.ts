/**
 * The write signal: a counter that rises with every request that may have written, and the clients that wait for it to
 * rise.
 *
 *   raise ──▶ value      on every write; nothing else happens
 *   value ──▶ waiters    immediately, or a little later while many wait; those with a new value are answered
 *
 * It is a hint: it says that something may have been written, never what. A connection does not see its own writes: its
 * value is the counter minus its own writes, so it rises only with other connections' writes. The counter starts at the
 * clock's microseconds, so after a restart it has another value, and a client that sends the old value is answered
 * immediately. The same holds for a client that reconnects: a new connection sees the whole counter, which is never
 * below a value that an earlier connection was given.
 *
 * Waking a client takes the event loop about 50 µs (its answer and its next request). So after n clients were woken, no
 * others are woken for n × 0.25 ms, at most 250 ms. A few waiters learn of a write immediately, and a thousand of them
 * cannot block the loop for a busy writer.
 */

/** How long no client is woken after one was, in milliseconds. */
const PAUSE_PER_WAITER_MS = 0.25;
const MAX_PAUSE_MS = 250;

/** The limit over all connections. A waiter costs a timer and a closure. */
const MAX_WAITING = 10_000;

/** The writes of one connection. */
export interface Writer {
  /** How often it has raised the signal. */
  ownWrites: number;
}

/** One client's wait for the signal. */
export interface Wait {
  /** The connection that waits. */
  readonly writer: Writer;
  /** The value that the client knows, from this or an earlier connection. Undefined is answered immediately. */
  readonly since: number | undefined;
  /** After this many milliseconds the current value is returned, changed or not. */
  readonly timeoutMs: number;
  /** Registers a callback for when the client disconnects. Returns a function that removes it. */
  readonly onDisconnect: (cancel: () => void) => () => void;
}

interface Waiter {
  hasNewValue(): boolean;
  wake(): void;
}

export class WriteSignal {
  #value = Date.now() * 1000;
  readonly #waiting = new Set<Waiter>();
  #waking: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #pausedUntil = 0;
  #closed = false;

  /** Reports that the writer may have written something. */
  raise(writer: Writer): void {
    writer.ownWrites += 1;
    this.#value += 1;
    if (this.#waiting.size > 0) this.#schedule();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with the writer's value as soon as it differs from `since`. Undefined if too many clients already wait.
   */
  async wait({ writer, since, timeoutMs, onDisconnect }: Wait): Promise<number | undefined> {
    const hasNews = (): boolean => this.#valueFor(writer) !== since;
    if (this.#closed || since === undefined || (hasNews() && !this.#isPaused())) return this.#valueFor(writer);
    if (this.#waiting.size >= MAX_WAITING) return undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        forget();
        this.#waiting.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { hasNewValue: hasNews, wake };
      const timer = setTimeout(wake, timeoutMs);
      const forget = onDisconnect(wake);
      this.#waiting.add(waiter);
      if (hasNews()) this.#schedule();
    });
    return this.#valueFor(writer);
  }

  /** Answers every waiter. Later waits are answered immediately. */
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
    // Wait until the writer's own answer has been sent.
    this.#waking = pause <= 0 ? setImmediate(() => this.#wakeWaiters()) : setTimeout(() => this.#wakeWaiters(), pause);
  }

  #wakeWaiters(): void {
    this.#waking = undefined;
    const woken = [...this.#waiting].filter((waiter) => waiter.hasNewValue());
    if (woken.length === 0) return;
    this.#pausedUntil = performance.now() + Math.min(woken.length * PAUSE_PER_WAITER_MS, MAX_PAUSE_MS);
    for (const { wake } of woken) wake();
  }
}
