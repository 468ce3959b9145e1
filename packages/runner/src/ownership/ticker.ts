/*
 *   asleep ──interval over, nudge──▶ awake ──work done──▶ asleep
 *                                     │ ▲
 *                                     └─┘ nudged meanwhile: once more
 *   any ──stop──▶ stopped
 */
import type { Clock } from './clock.ts';

/** Does a piece of work at a steady interval, never twice at once. */
export interface Ticker {
  start(): void;
  /** Work now, or once more after the work under way. */
  nudge(): void;
  /** None begins from now on. */
  stop(): void;
}

/** @param intervalMs from the beginning of one to the beginning of the next. @param work must not reject */
export function createTicker(clock: Clock, intervalMs: number, work: () => Promise<void>): Ticker {
  let state: 'new' | 'asleep' | 'awake' | 'again' | 'stopped' = 'new';
  let cancel = (): void => {};

  async function run(): Promise<void> {
    cancel();
    state = 'awake';
    const startedAt = clock.now();
    await work();
    if (isStopped()) return;
    if (isNudged()) return void run();
    state = 'asleep';
    cancel = clock.after(startedAt + intervalMs - clock.now(), () => void run());
  }

  // Functions, because the compiler does not see that `await` lets others change the state.
  const isStopped = (): boolean => state === 'stopped';
  const isNudged = (): boolean => state === 'again';

  return {
    start() {
      if (state === 'new') void run();
    },
    nudge() {
      if (state === 'awake') state = 'again';
      if (state === 'asleep') void run();
    },
    stop() {
      state = 'stopped';
      cancel();
    },
  };
}
