import type { ChangeLimits } from './options.ts';

export interface Rest {
  /** How long the next round has to wait, in milliseconds, if one ended at `now` and took so much of the engine. */
  after(now: number, tookMs: number): number;
}

/**
 * What rounds may take of the engine: a share of all time, and a burst that has been saved up while little was written.
 * A round after a pause is published at once and the next one follows it at once; only under lasting load do rounds rest,
 * so that each takes more of the changes together. What counts is the time that the engine worked for a round. Most of the
 * time that passes in a round under load is other people's, whose turns come in between.
 */
export function createRest({ roundShare, burstMs, restMaxMs }: RestLimits): Rest {
  let left = burstMs;
  let countedAt: number | undefined;

  return {
    after(now, tookMs) {
      const earned = (now - (countedAt ?? now)) * roundShare;
      countedAt = now;
      left = Math.min(burstMs, left + earned) - tookMs;
      // What is over the longest rest is forgiven, or one slow round would hold up those after it.
      left = Math.max(left, -restMaxMs * roundShare);
      return Math.max(0, -left / roundShare);
    },
  };
}

type RestLimits = Pick<ChangeLimits, 'roundShare' | 'burstMs' | 'restMaxMs'>;
