import { setTimeout as delay } from 'node:timers/promises';

/** The clock of a link. Tests may pass their own. */
export interface Clock {
  /** The time in milliseconds, on a monotonic clock. */
  now(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};
