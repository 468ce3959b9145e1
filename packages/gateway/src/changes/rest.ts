import type { ChangeLimits } from './options.ts';

export interface Rest {
  /** How long the next round has to wait, in milliseconds, after one that took this long. */
  after(startedAt: number, endedAt: number): number;
}

/**
 * What rounds may take of the database: a share of all time, and a burst that has been saved up while little was written.
 * A round after a pause is published at once and the next one follows it at once; only under lasting load do rounds rest,
 * so that each takes more of the changes together.
 */
export function createRest({ roundShare, burstMs, restMaxMs }: RestLimits): Rest {
  let left = burstMs;
  let countedAt: number | undefined;

  return {
    after(startedAt, endedAt) {
      const earned = (endedAt - (countedAt ?? startedAt)) * roundShare;
      countedAt = endedAt;
      left = Math.min(burstMs, left + earned) - (endedAt - startedAt);
      // What is over the longest rest is forgiven, or one slow round would hold up those after it.
      left = Math.max(left, -restMaxMs * roundShare);
      return Math.max(0, -left / roundShare);
    },
  };
}

type RestLimits = Pick<ChangeLimits, 'roundShare' | 'burstMs' | 'restMaxMs'>;
