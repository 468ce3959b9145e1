/**
 * Slows down the guessing of passwords, without letting a flood of guesses hold up other users.
 *
 * Attempts wait in a fair queue: addresses take turns, and so do the identities of an address. Two attempts run at a time.
 * The engine computes argon2 where it does everything else, about 57 ms for each: measured, twenty connections that guessed
 * without a pause delayed every other request by more than a second; with this queue the median delay is none.
 *
 * Failures are counted by identity, for all addresses, and by address, for all identities. Ten failures of an
 * identity are free, then its attempts have a pause between them that doubles from 50 ms to half a second. An address has 50
 * free failures, then one attempt in 100 ms; a sign-up counts there as well, because it costs as much. A minute without an
 * attempt clears an account. A success does not, or an attacker's own account would pay for guesses at another's. Instead an address from
 * which a service user has signed in may go on signing in as that user without a pause, until it fails ten times.
 *
 * The wait is bounded: by the length of the queue, and by half a minute. An attempt that has to go gets an error.
 */
import { type Account, FailureAccounts } from './failure-accounts.ts';
import { FairQueue } from './fair-queue.ts';

export interface Attempt {
  /** Where it comes from. */
  readonly address: string;
  /** What its failures are counted by besides; none for a sign-up, which guesses nothing. */
  readonly accounts: readonly string[];
  /** Whether the accounts are of one user only, who is known after a success. */
  readonly isSingle: boolean;
  /** Sign-ins that failed on the same connection: of equal attempts, those with fewer go first. */
  readonly failures: number;
  /** Whether it still matters; one whose client has gone is not made. */
  readonly isGone: () => boolean;
}

export interface SignInThrottle {
  /** Makes an attempt when its turn has come; undefined when too many wait, or it has waited for too long. */
  attempt<T>(attempt: Attempt, work: () => Promise<T>, isFailure: (result: T) => boolean): Promise<T | undefined>;
  /** How many accounts it keeps, and how many attempts wait; for tests. */
  readonly size: { readonly accounts: number; readonly waiting: number };
}

/** The clock, and what calls back once after some milliseconds; returns what takes that back. */
export interface ThrottleClock {
  now(): number;
  later(milliseconds: number, callback: () => void): () => void;
}

const IDENTITY = { free: 10, firstPause: 50, longestPause: 500 };
const ADDRESS = { free: 50, firstPause: 100, longestPause: 100 };
const MOST_AT_A_TIME = 2;
const MOST_WAITING = { line: 64, address: 256, total: 1024 };
const LONGEST_WAIT_MS = 30_000;
const MOST_KNOWN = 10_000;

interface Waiting extends Attempt {
  readonly since: number;
  /** Whether its turn has come, or it has to go. */
  readonly call: (turn: boolean) => void;
}

export function createSignInThrottle(clock: ThrottleClock = systemClock): SignInThrottle {
  const accounts = new FailureAccounts(clock.now);
  const queue = new FairQueue<Waiting>(MOST_WAITING);
  /** Address and identity of those who signed in, with the failures since. */
  const known = new Map<string, number>();
  let running = 0;
  let cancelTimer = (): void => {};

  const pairOf = ({ address, accounts: [account], isSingle }: Attempt): string | undefined =>
    isSingle && account !== undefined ? `${address} ${account}` : undefined;
  const isKnown = (attempt: Attempt): boolean => (known.get(pairOf(attempt) ?? '') ?? IDENTITY.free) < IDENTITY.free;
  const byAddress = ({ address }: Attempt): Account => ({ key: address, ...ADDRESS });
  const byIdentity = ({ accounts: keys }: Attempt): Account[] => keys.map((key) => ({ key, ...IDENTITY }));
  const allOf = (attempt: Attempt): Account[] => [byAddress(attempt), ...byIdentity(attempt)];
  const readyAt = (attempt: Attempt): number => (isKnown(attempt) ? 0 : accounts.readyAt(allOf(attempt)));

  const settle = (attempt: Attempt, failed: boolean): void => {
    if (!failed) accounts.takeBack(allOf(attempt));
    const pair = pairOf(attempt);
    if (pair === undefined || (failed && !known.has(pair))) return;
    const failures = failed ? (known.get(pair) ?? 0) + 1 : 0;
    known.delete(pair);
    known.set(pair, failures);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  };

  const serve = (): void => {
    cancelTimer();
    const now = clock.now();
    for (const { call } of queue.remove(({ since, isGone }) => now - since >= LONGEST_WAIT_MS || isGone())) call(false);
    while (running < MOST_AT_A_TIME) {
      const next = queue.take((waiting) => readyAt(waiting) <= now);
      if (next === undefined) break;
      running += 1;
      accounts.begin(allOf(next));
      next.call(true);
    }
    cancelTimer = scheduleNext(now);
  };

  /** For when the first pause is over, or the longest wait; a free place calls by itself. */
  const scheduleNext = (now: number): (() => void) => {
    const times = [...queue.heads()].flatMap((waiting) => [
      waiting.since + LONGEST_WAIT_MS,
      ...(running < MOST_AT_A_TIME ? [readyAt(waiting)] : []),
    ]);
    return times.length === 0 ? () => {} : clock.later(Math.max(Math.min(...times) - now, 1), serve);
  };

  return {
    attempt: async (attempt, work, isFailure) => {
      const called = Promise.withResolvers<boolean>();
      const waiting = { ...attempt, since: clock.now(), call: called.resolve };
      // All guesses at one name stand in its line, whatever else they send, and so leave the others of the address theirs.
      queue.add(attempt.address, accounts.worst(attempt.accounts), attempt.failures, waiting)?.call(false);
      serve();
      if (!(await called.promise)) return undefined;
      let failed = true;
      try {
        const result = await work();
        failed = isFailure(result);
        return result;
      } finally {
        running -= 1;
        settle(attempt, failed);
        serve();
      }
    },
    get size() {
      return { accounts: accounts.size, waiting: queue.size };
    },
  };
}

const systemClock: ThrottleClock = {
  now: Date.now,
  later: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
