/*
 *   asleep ──interval over, notified──▶ awake ──work done──▶ asleep
 *                                        │ ▲
 *                                        └─┘ notified meanwhile: once more
 *   any ──stop──▶ stopped
 */
import type { Clock } from './clock.ts';

/** Runs work at a steady interval, never twice at the same time. */
export interface Ticker {
  start(): void;
  /** Runs the work now, or once more after the current run. */
  notify(): void;
  /** No other run begins. */
  stop(): void;
}

/**
 * @param intervalMs from the start of one run to the start of the next
 * @param work must not reject
 */
export function createTicker(clock: Clock, intervalMs: number, work: () => Promise<void>): Ticker {
  let state: 'new' | 'asleep' | 'awake' | 'again' | 'stopped' = 'new';
  let cancel = (): void => {};

  async function run(): Promise<void> {
    cancel();
    state = 'awake';
    const startedAt = clock.now();
    await work();
    if (isStopped()) return;
    if (isNotified()) return void run();
    state = 'asleep';
    cancel = clock.after(startedAt + intervalMs - clock.now(), () => void run());
  }

  // Functions, because the compiler does not see that other code changes the state during an `await`.
  const isStopped = (): boolean => state === 'stopped';
  const isNotified = (): boolean => state === 'again';

  return {
    start() {
      if (state === 'new') void run();
    },
    notify() {
      if (state === 'awake') state = 'again';
      if (state === 'asleep') void run();
    },
    stop() {
      state = 'stopped';
      cancel();
    },
  };
}
