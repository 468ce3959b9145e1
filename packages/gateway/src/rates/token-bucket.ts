/** Allows `burst` at once and `perSecond` in the long run. */
export interface TokenBucket {
  /** Takes as many, by default one; false, and nothing is taken, if there are not so many. */
  take(count?: number): boolean;
}

/** @param now milliseconds on a clock that never jumps */
export function createTokenBucket(perSecond: number, burst: number, now: () => number): TokenBucket {
  let tokens = burst;
  let countedAt = now();
  return {
    take(count = 1) {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - countedAt) * perSecond) / 1_000);
      countedAt = at;
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
  };
}
