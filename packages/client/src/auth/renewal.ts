import { onWake } from '../connection/wake.ts';

const TIMER_MAX_MS = 2 ** 31 - 1;
const RETRY_MS = 30_000;

/**
 * Renews the session after the time that the gateway gave, measured from the moment of its answer. It does not use the
 * wall clock. A failed renewal is retried, also when the page wakes up.
 */
export class Renewal {
  /** Rejects if the gateway does not answer. */
  readonly #renew: () => Promise<number | undefined>;
  readonly #stopWaking: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt: number | undefined;
  #isUnderWay = false;

  /** @param renew resolves with the milliseconds until the next renewal, or undefined if the session is over */
  constructor(renew: () => Promise<number | undefined>) {
    this.#renew = renew;
    this.#stopWaking = onWake(() => {
      // Timers of a suspended page fire late.
      if (this.#dueAt !== undefined && performance.now() >= this.#dueAt) void this.#run();
    });
  }

  /** Renews after this time. Replaces an earlier schedule. */
  schedule(delayMs: number): void {
    this.cancel();
    const boundedMs = Math.min(Math.max(delayMs, 0), TIMER_MAX_MS);
    this.#dueAt = performance.now() + boundedMs;
    this.#timer = setTimeout(() => void this.#run(), boundedMs);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#dueAt = undefined;
  }

  close(): void {
    this.cancel();
    this.#stopWaking();
  }

  async #run(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    const dueAt = this.#dueAt;
    const nextMs = await this.#renew().catch(() => RETRY_MS);
    this.#isUnderWay = false;
    // Otherwise it was cancelled or rescheduled during the renewal.
    if (nextMs !== undefined && this.#dueAt === dueAt && dueAt !== undefined) this.schedule(nextMs);
  }
}
