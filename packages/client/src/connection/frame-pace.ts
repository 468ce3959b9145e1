import { FRAMES_BURST, FRAMES_PER_SECOND, frameCost } from '@spookify/gateway/wire';

/**
 * Spreads frames over time. The gateway closes a socket that sends too much, so a page that mounts a thousand
 * components or writes in a loop must wait a little. A large frame counts as several. Frames that were sent apart may
 * arrive together, so the rate stays below that of the gateway.
 */
const PER_SECOND = 0.9 * FRAMES_PER_SECOND;
const AT_ONCE = 0.75 * FRAMES_BURST;

interface WaitingFrame {
  readonly text: string;
  readonly cost: number;
}

export class FramePace {
  readonly #send: (text: string) => void;
  readonly #now: () => number;
  readonly #waiting: WaitingFrame[] = [];
  readonly #encoder = new TextEncoder();
  #credit = AT_ONCE;
  #last: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param now a monotonic clock in milliseconds */
  constructor(send: (text: string) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
    this.#last = now();
  }

  /** Sends the frame now, or in its turn as soon as possible. */
  push(text: string): void {
    this.#waiting.push(this.#frameOf(text));
    this.#drain();
  }

  /** Sends the frame before all waiting ones: a ping must not wait behind megabytes. */
  pushFirst(text: string): void {
    this.#waiting.unshift(this.#frameOf(text));
    this.#drain();
  }

  /** Discards the waiting frames. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #frameOf(text: string): WaitingFrame {
    return { text, cost: frameCost(this.#encoder.encode(text).length) };
  }

  #drain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = this.#now();
    this.#credit = Math.min(AT_ONCE, this.#credit + ((now - this.#last) / 1_000) * PER_SECOND);
    this.#last = now;
    let sent = 0;
    for (const { text, cost } of this.#waiting) {
      if (cost > this.#credit) break;
      this.#credit -= cost;
      this.#send(text);
      sent += 1;
    }
    this.#waiting.splice(0, sent);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#drain(), Math.ceil(((next.cost - this.#credit) / PER_SECOND) * 1_000));
  }
}
