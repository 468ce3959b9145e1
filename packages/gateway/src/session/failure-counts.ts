import { createHmac, randomBytes } from 'node:crypto';
import { LIMITS } from '../limits.ts';

/*
 * Counts failed sign-ins per account, so that passwords cannot be guessed quickly. Only the schema knows which variable
 * names the account, so every value counts on its own, except values of variables that are named like a secret.
 */

const WINDOW_MS = 60_000;
const KEPT_MAX = 10_000;
const SECRET = /pass|secret|pin|code|token|otp/i;

export interface FailureCounts {
  /** Milliseconds to wait before another attempt with these variables; 0 if it may be made now. */
  pauseMs(address: string, access: string, variables: Readonly<Record<string, unknown>>): number;
  failed(address: string, access: string, variables: Readonly<Record<string, unknown>>): void;
}

/** @param now a monotonic clock, in milliseconds */
export function createFailureCounts(now: () => number): FailureCounts {
  const counts = new Map<string, { count: number; readonly since: number }>();
  const key = randomBytes(32);
  const { failuresPerMinute, failuresPerMinuteOfAll } = LIMITS.session;

  /** Keyed hashes, since what people type may be a secret. */
  const keysOf = (address: string, access: string, variables: Readonly<Record<string, unknown>>) =>
    Object.entries(variables)
      .filter(([name, value]) => !SECRET.test(name) && (typeof value === 'string' || typeof value === 'number'))
      .flatMap(([name, value]) => {
        const account = JSON.stringify([access, name, String(value).normalize('NFKC').trim().toLowerCase()]);
        const digest = (text: string): string => createHmac('sha256', key).update(text).digest('base64');
        return [
          { id: digest(`${address} ${account}`), most: failuresPerMinute },
          { id: digest(account), most: failuresPerMinuteOfAll },
        ];
      });

  return {
    pauseMs(address, access, variables) {
      const pauses = keysOf(address, access, variables).map(({ id, most }) => {
        const kept = counts.get(id);
        return kept !== undefined && kept.count >= most ? Math.max(0, kept.since + WINDOW_MS - now()) : 0;
      });
      return Math.max(0, ...pauses);
    },
    failed(address, access, variables) {
      for (const { id } of keysOf(address, access, variables)) {
        const kept = counts.get(id);
        if (kept !== undefined && now() - kept.since < WINDOW_MS) kept.count += 1;
        else {
          counts.delete(id);
          counts.set(id, { count: 1, since: now() });
        }
        const [oldest] = counts.keys();
        if (counts.size > KEPT_MAX && oldest !== undefined) counts.delete(oldest);
      }
    },
  };
}
