import type { ChangeLimits } from './options.ts';

export interface Rest {
  /**
   * How long to pause before the next round, in milliseconds, after a round that ended at `now` and used `tookMs` of
   * the engine's time.
   */
  after(now: number, tookMs: number): number;
}

/**
 * Limits how much of the engine's time rounds take: a share of all time in the long run, plus a burst that is saved up
 * while there are few writes.
 *
 * A round after a quiet period is published at once, and the next one follows at once. Rounds pause only under lasting
 * load, so that each round takes more changes together. Only the time that the engine worked for a round counts. Under
 * load, most of the elapsed time of a round belongs to other queries that the engine runs in between.
 */
export function createRest({ roundShare, burstMs, restMaxMs }: RestLimits): Rest {
  let left = burstMs;
  let countedAt: number | undefined;

  return {
    after(now, tookMs) {
      const earned = (now - (countedAt ?? now)) * roundShare;
      countedAt = now;
      left = Math.min(burstMs, left + earned) - tookMs;
      // Time beyond the longest pause is forgiven; otherwise one slow round would delay all rounds after it.
      left = Math.max(left, -restMaxMs * roundShare);
      return Math.max(0, -left / roundShare);
    },
  };
}

type RestLimits = Pick<ChangeLimits, 'roundShare' | 'burstMs' | 'restMaxMs'>;
