/** Allows `burst` at once and `perSecond` in the long run. */
export interface TokenBucket {
  /** Takes one; false if there is none. */
  take(): boolean;
}

/** @param now milliseconds on a clock that never jumps */
export function createTokenBucket(perSecond: number, burst: number, now: () => number): TokenBucket {
  let tokens = burst;
  let countedAt = now();
  return {
    take() {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - countedAt) * perSecond) / 1_000);
      countedAt = at;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
