/** How the delay grows from retry to retry (seed 000: `retry_strategy`). */
export type RetryStrategy = 'linear' | 'exponential';

/** The bounds of retry delays. */
export interface BackoffPolicy {
  /** The delay before the first retry, before jitter, in milliseconds. Default: 1,000. */
  readonly baseMs: number;
  /** The longest delay, before jitter, in milliseconds. Default: 300,000, five minutes. */
  readonly capMs: number;
}

/**
 * Returns how long to wait before retry number `retry` (1 is the first), in milliseconds: linear `base · n`,
 * exponential `base · 2^(n-1)`, capped, then full jitter, which spreads jobs that failed together best.
 *
 * @param random in [0, 1)
 */
export function backoff(strategy: RetryStrategy, retry: number, policy: BackoffPolicy, random: number): number {
  const factor = strategy === 'linear' ? retry : 2 ** (retry - 1);
  return Math.round(Math.min(policy.baseMs * factor, policy.capMs) * random);
}

const SECONDS = /^\d{1,10}$/;

/**
 * Reads the delay that a `Retry-After` header asks for, in milliseconds: a number of seconds, or an HTTP date relative
 * to `now`. Undefined if the header is missing or unreadable; 0 for a date in the past.
 */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (SECONDS.test(text)) return Number(text) * 1000;
  // Date.parse also accepts numbers and partial dates; an HTTP date always starts with a day name.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
