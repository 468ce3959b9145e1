/*
 * Which attempts may report progress.
 *
 *   unknown ──begin──▶ running ──end──▶ over
 *
 * Attempts are numbered, and ended ones are not kept: a number that was issued and is not running is over. The number
 * is not secret. Its bearer token is, and is valid for this attempt only.
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Job } from '../job.ts';

/** An attempt that may report progress. */
export interface Attempt {
  readonly number: number;
  readonly job: Job;
  readonly bearer: string;
  /** What must not appear on the row: the backend's own token. */
  readonly secret: string | undefined;
}

/** The result of looking up an attempt by its number and token. */
export type Lookup =
  | { readonly kind: 'running'; readonly attempt: Attempt }
  | { readonly kind: 'refused' }
  | { readonly kind: 'over' }
  | { readonly kind: 'unknown' };

export interface Attempts {
  begin(job: Job, secret: string | undefined): Attempt;
  end(attempt: Attempt): void;
  /** @param bearer as received; undefined if none was sent */
  find(number: number, bearer: string | undefined): Lookup;
}

export function createAttempts(): Attempts {
  const running = new Map<number, Attempt>();
  let last = 0;
  return {
    begin(job, secret) {
      last += 1;
      const attempt = { number: last, job, bearer: randomUUID(), secret };
      running.set(last, attempt);
      return attempt;
    },
    end: ({ number }) => void running.delete(number),
    find(number, bearer) {
      const attempt = running.get(number);
      if (attempt !== undefined) {
        return bearer !== undefined && isSame(bearer, attempt.bearer)
          ? { kind: 'running', attempt }
          : { kind: 'refused' };
      }
      return { kind: number >= 1 && number <= last ? 'over' : 'unknown' };
    },
  };
}

/** Compares in constant time. All tokens have the same length, so the length reveals nothing. */
function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
