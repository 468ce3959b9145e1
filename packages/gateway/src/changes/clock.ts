import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@spookify/surreal-link';

/** Time that never jumps; a test may pass another one. */
export const realClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};
