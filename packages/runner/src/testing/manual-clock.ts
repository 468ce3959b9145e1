import type { Clock } from '../ownership/clock.ts';

export interface ManualClock extends Clock {
  /** Advances the time, and runs due timers in order. */
  pass(ms: number): void;
  /** How many timers are set. */
  readonly timers: number;
}

/** A clock that a test advances. */
export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Map<number, { readonly at: number; work(): void }>();
  let made = 0;
  return {
    now: () => now,
    after(ms, work) {
      made += 1;
      const timer = made;
      timers.set(timer, { at: now + Math.max(0, ms), work });
      return () => void timers.delete(timer);
    },
    pass(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(([, { at }]) => at <= until).toSorted(([, a], [, b]) => a.at - b.at);
        if (next === undefined) break;
        const [timer, { at, work }] = next;
        timers.delete(timer);
        now = at;
        work();
      }
      now = until;
    },
    get timers() {
      return timers.size;
    },
  };
}
