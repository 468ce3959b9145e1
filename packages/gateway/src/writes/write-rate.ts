import { GatewayError } from '../errors.ts';
import { createUserRate, type RateLimits } from '../rates/user-rate.ts';

/*
 * How fast each user may write. Every row that is written is read again by a round of every gateway, so one account that
 * writes without a pause would slow the rounds of all others.
 *
 * What is asked of a job that exists has a lower rate of its own: its runner has to read the request, and a cancel may meet the
 * batch in which the runner writes the job's outcome. Of 6,913 jobs a second, 50 such cancels a second left 1,223.
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

/**
 * @param now milliseconds on a clock that never jumps
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
