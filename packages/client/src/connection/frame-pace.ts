/**
 * Spreads frames over time: the gateway closes a socket that sends more than it takes (100 a second, 400 at once), so a
 * page that mounts a thousand components, or writes in a loop, must wait a little instead.
 */
const PER_SECOND = 90;
const AT_ONCE = 300;

export class FramePace {
  readonly #send: (text: string) => void;
  readonly #now: () => number;
  readonly #waiting: string[] = [];
  #credit = AT_ONCE;
  #last: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(send: (text: string) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
    this.#last = now();
  }

  /** Sends now, or in its turn as soon as possible. */
  push(text: string): void {
    this.#waiting.push(text);
    this.#drain();
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #drain(): void {
    if (this.#timer !== undefined) return;
    const now = this.#now();
    this.#credit = Math.min(AT_ONCE, this.#credit + ((now - this.#last) / 1_000) * PER_SECOND);
    this.#last = now;
    for (const text of this.#waiting.splice(0, Math.floor(this.#credit))) {
      this.#credit -= 1;
      this.#send(text);
    }
    if (this.#waiting.length === 0) return;
    const delayMs = Math.ceil(((1 - (this.#credit % 1)) / PER_SECOND) * 1_000);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#drain();
    }, delayMs);
  }
}
