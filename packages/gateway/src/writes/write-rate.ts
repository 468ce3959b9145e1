import { GatewayError } from '../errors.ts';

/*
 * How fast each user may write. Every row that is written is read again by a round of every gateway, so one account that
 * writes without a pause would slow the rounds of all others.
 */

export interface WriteLimits {
  /** Writes in the long run. */
  readonly perSecond: number;
  /** Writes at once, after a pause. */
  readonly burst: number;
  /** When to send a write again that was one too many. */
  readonly retryMs: number;
}

/** Of all users and sockets: who connects again has no more than before. */
export interface WriteRate {
  /**
   * Takes one write of the user.
   * @throws GatewayError SPOOKY_GATEWAY_BUSY
   */
  take(user: string): void;
}

const SWEEP_MS = 10_000;

/** @param now milliseconds on a clock that never jumps */
export function createWriteRate({ perSecond, burst, retryMs }: WriteLimits, now: () => number): WriteRate {
  /** When a user will have the whole burst again. A user who is not here has it. */
  const fullAt = new Map<string, number>();
  let sweptAt = now();

  function sweep(at: number): void {
    if (at - sweptAt < SWEEP_MS) return;
    sweptAt = at;
    for (const [user, time] of fullAt) if (time <= at) fullAt.delete(user);
  }

  return {
    take(user) {
      const at = now();
      sweep(at);
      const after = Math.max(fullAt.get(user) ?? at, at) + 1_000 / perSecond;
      if (after - at > (burst * 1_000) / perSecond) {
        const message = `You write more than ${perSecond} rows per second. Nothing was written; try again in ${retryMs} ms.`;
        throw new GatewayError('SPOOKY_GATEWAY_BUSY', message, { retryInMs: retryMs });
      }
      fullAt.set(user, after);
    },
  };
}
