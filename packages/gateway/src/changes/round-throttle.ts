import type { ChangeLimits } from './options.ts';

export interface RoundThrottle {
  /**
   * How long to pause before the next round, in milliseconds, after a round that ended at `now` and used `tookMs` of
   * the engine's time.
   */
  pauseMs(now: number, tookMs: number): number;
}

/**
 * Limits how much of the engine's time rounds take: a share of all time in the long run, plus a burst that is saved up
 * while there are few writes.
 *
 * A round after a quiet period is published at once, and the next one follows at once. Rounds pause only under lasting
 * load, so that each round takes more changes together. Only the time that the engine worked for a round counts. Under
 * load, most of the elapsed time of a round belongs to other queries that the engine runs in between.
 */
export function createRoundThrottle({ roundShare, burstMs, pauseMaxMs }: ThrottleLimits): RoundThrottle {
  let left = burstMs;
  let countedAt: number | undefined;

  return {
    pauseMs(now, tookMs) {
      const earned = (now - (countedAt ?? now)) * roundShare;
      countedAt = now;
      left = Math.min(burstMs, left + earned) - tookMs;
      // Time beyond the longest pause is forgiven; otherwise one slow round would delay all rounds after it.
      left = Math.max(left, -pauseMaxMs * roundShare);
      return Math.max(0, -left / roundShare);
    },
  };
}

type ThrottleLimits = Pick<ChangeLimits, 'roundShare' | 'burstMs' | 'pauseMaxMs'>;
