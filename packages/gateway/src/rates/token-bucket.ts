/** Allows `burst` at once and `perSecond` in the long run. */
export interface TokenBucket {
  /** Takes `count` tokens (default: 1). Returns false and takes nothing if there are fewer. */
  take(count?: number): boolean;
}

/** @param now a monotonic clock, in milliseconds */
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
