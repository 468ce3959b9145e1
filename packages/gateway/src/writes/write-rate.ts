import { GatewayError } from '../errors.ts';
import { createUserRate, type RateLimits } from '../rates/user-rate.ts';

/*
 * How fast each user may write. Every row that is written is read again by a round of every gateway, so one account that
 * writes without a pause would slow the rounds of all others.
 */

export interface WriteLimits extends RateLimits {
  /** When to send a write again that was one too many. */
  readonly retryMs: number;
}

export interface WriteRate {
  /**
   * Takes one write of the user.
   * @throws GatewayError SPOOKY_GATEWAY_BUSY
   */
  take(user: string): void;
}

/** @param now milliseconds on a clock that never jumps */
export function createWriteRate({ retryMs, ...limits }: WriteLimits, now: () => number): WriteRate {
  const rate = createUserRate(limits, now);
  return {
    take(user) {
      if (rate.take(user)) return;
      const message = `You write more than ${limits.perSecond} rows per second. Nothing was written; try again in ${retryMs} ms.`;
      throw new GatewayError('SPOOKY_GATEWAY_BUSY', message, { retryInMs: retryMs });
    },
  };
}
