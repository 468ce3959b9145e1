export interface RateLimits {
  /** Per second, in the long run. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** A token bucket for each user. It counts all of a user's sockets together, so connecting again gives no new burst. */
export interface UserRate {
  /** Takes `count` tokens of the user (default: 1). Returns false and takes nothing if there are fewer. */
  take(user: string, count?: number): boolean;
}

const SWEEP_MS = 10_000;

/** @param now a monotonic clock, in milliseconds */
export function createUserRate({ perSecond, burst }: RateLimits, now: () => number): UserRate {
  /** When each user has the whole burst again. A user without an entry has it now. */
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
