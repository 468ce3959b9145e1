import { GatewayError } from '../errors.ts';
import { createUserRate, type RateLimits } from '../rates/user-rate.ts';

/*
 * How fast each user may write. Every written row is read again by a round of every gateway, so one account that writes
 * without a pause would slow down the rounds for everyone.
 *
 * Updates of existing jobs have a lower rate as well: the job's runner must read the request, and a cancel may conflict
 * with the batch in which the runner writes the job's outcome. At 6,913 jobs a second, 50 such cancels a second left
 * 1,223.
 */

export interface WriteLimits extends RateLimits {
  /** When a write that exceeded the rate may be repeated, in milliseconds. */
  readonly retryMs: number;
}

export interface WriteRate {
  /**
   * Takes one write from the user's rate.
   *
   * @throws GatewayError SPOOKY_GATEWAY_BUSY
   */
  take(user: string): void;
}

/**
 * @param now a monotonic clock, in milliseconds
 * @param what what the user does too often, for the message
 */
export function createWriteRate(
  { retryMs, ...limits }: WriteLimits,
  now: () => number,
  what: 'write rows' | 'ask for jobs to be cancelled or retried' = 'write rows',
): WriteRate {
  const rate = createUserRate(limits, now);
  return {
    take(user) {
      if (rate.take(user)) return;
      const message = `You ${what} more than ${limits.perSecond} times per second. Nothing was written; try again in ${retryMs} ms.`;
      throw new GatewayError('SPOOKY_GATEWAY_BUSY', message, { retryInMs: retryMs });
    },
  };
}
