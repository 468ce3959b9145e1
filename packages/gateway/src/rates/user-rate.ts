export interface RateLimits {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** As a token bucket for each user, all their sockets together: who connects again has no more than before. */
export interface UserRate {
  /** Takes as many, by default one; false, and nothing is taken, if the user has not so many. */
  take(user: string, count?: number): boolean;
}

const SWEEP_MS = 10_000;

/** @param now milliseconds on a clock that never jumps */
export function createUserRate({ perSecond, burst }: RateLimits, now: () => number): UserRate {
  /** When a user will have the whole burst again. A user who is not here has it. */
  const fullAt = new Map<string, number>();
  let sweptAt = now();

  function sweep(at: number): void {
    if (at - sweptAt < SWEEP_MS) return;
    sweptAt = at;
    for (const [user, time] of fullAt) if (time <= at) fullAt.delete(user);
  }

  return {
    take(user, count = 1) {
      const at = now();
      sweep(at);
      const after = Math.max(fullAt.get(user) ?? at, at) + (count * 1_000) / perSecond;
      if (after - at > (burst * 1_000) / perSecond) return false;
      fullAt.set(user, after);
      return true;
    },
  };
}
