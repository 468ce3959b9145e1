export type RetryStrategy = 'linear' | 'exponential';

export interface BackoffPolicy {
  /** The delay before the first retry, before jitter, in milliseconds; 1,000 by default. */
  readonly baseMs: number;
  /** No delay is longer, in milliseconds; five minutes by default. */
  readonly capMs: number;
}

/**
 * How long to wait before retry number `retry` (1 is the first): linear `base · n`, exponential `base · 2^(n-1)`,
 * capped, then full jitter, which spreads what failed together best.
 *
 * @param random in [0, 1)
 */
export function backoff(strategy: RetryStrategy, retry: number, policy: BackoffPolicy, random: number): number {
  const factor = strategy === 'linear' ? retry : 2 ** (retry - 1);
  return Math.round(Math.min(policy.baseMs * factor, policy.capMs) * random);
}

const SECONDS = /^\d{1,10}$/;

/**
 * The delay that a `Retry-After` header asks for, in milliseconds: seconds, or an HTTP date against `now`.
 * Undefined when there is none, or none that can be read; a date in the past is 0.
 */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (SECONDS.test(text)) return Number(text) * 1000;
  // Date.parse also takes numbers and half dates; an HTTP date always starts with a day's name.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
