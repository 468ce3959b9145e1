import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@spookify/surreal-link';

/** A monotonic clock. Tests pass their own. */
export const realClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};
