/**
 * Slows down password guessing without letting a flood of guesses delay other users.
 *
 * Attempts wait in a fair queue: addresses take turns, and so do the identities of an address. Two attempts run at a
 * time. The engine computes argon2 on the same thread as everything else, about 57 ms for each. Measured: twenty
 * connections that guessed without a pause delayed every other request by more than a second; with this queue the
 * median delay is zero.
 *
 * Failures are counted per identity over all addresses, and per address over all identities. Ten failures of an
 * identity are free; then there is a pause before each attempt, which doubles from 50 ms to 500 ms. An address has 50
 * free failures, then one attempt per 100 ms; a sign-up counts there too, because it costs as much. An account is reset
 * after a minute without an attempt. A success does not reset it, or attackers could reset the count by signing in to
 * their own account. Instead, an address from which a service user has signed in may sign in as that user again without
 * a pause, until it fails ten times.
 *
 * The wait is bounded by the length of the queue and by 30 seconds. An attempt that is removed gets an error.
 */
import { type Account, FailureAccounts } from './failure-accounts.ts';
import { FairQueue } from './fair-queue.ts';

/** A sign-in or sign-up that waits for its turn. */
export interface Attempt {
  /** The client's address. */
  readonly address: string;
  /** The identity accounts that a failure counts for. Empty for a sign-up, which guesses nothing. */
  readonly accounts: readonly string[];
  /** Whether the accounts identify exactly one user, who may skip the pauses after a success. */
  readonly identifiesOneUser: boolean;
  /** Failed sign-ins on the same connection. Among equal attempts, those with fewer failures go first. */
  readonly failures: number;
  /** Whether the client has disconnected. Such an attempt is dropped. */
  readonly isDisconnected: () => boolean;
}

export interface SignInThrottle {
  /** Runs an attempt when its turn comes. Undefined if too many attempts wait, or if it waited too long. */
  attempt<T>(attempt: Attempt, work: () => Promise<T>, isFailure: (result: T) => boolean): Promise<T | undefined>;
  /** The number of accounts and of waiting attempts, for tests. */
  readonly size: { readonly accounts: number; readonly waiting: number };
}

/** The clock, and a timer that calls back once after some milliseconds and returns a function that cancels it. */
export interface ThrottleClock {
  now(): number;
  later(milliseconds: number, callback: () => void): () => void;
}

const IDENTITY = { freeFailures: 10, firstPause: 50, longestPause: 500 };
const ADDRESS = { freeFailures: 50, firstPause: 100, longestPause: 100 };
const MAX_CONCURRENT = 2;
const MAX_WAITING = { line: 64, address: 256, total: 1024 };
const MAX_WAIT_MS = 30_000;
const MAX_KNOWN = 10_000;

interface Waiting extends Attempt {
  readonly since: number;
  /** Called with true when the attempt may run, with false when it is removed. */
  readonly call: (turn: boolean) => void;
}

export function createSignInThrottle(clock: ThrottleClock = systemClock): SignInThrottle {
  const accounts = new FailureAccounts(clock.now);
  const queue = new FairQueue<Waiting>(MAX_WAITING);
  /** Failures since the last success, by address and identity, for users who have signed in. */
  const known = new Map<string, number>();
  let running = 0;
  let cancelTimer = (): void => {};

  const pairOf = ({ address, accounts: [account], identifiesOneUser }: Attempt): string | undefined =>
    identifiesOneUser && account !== undefined ? `${address} ${account}` : undefined;
  const isKnown = (attempt: Attempt): boolean =>
    (known.get(pairOf(attempt) ?? '') ?? IDENTITY.freeFailures) < IDENTITY.freeFailures;
  const byAddress = ({ address }: Attempt): Account => ({ key: address, ...ADDRESS });
  const byIdentity = ({ accounts: keys }: Attempt): Account[] => keys.map((key) => ({ key, ...IDENTITY }));
  const allOf = (attempt: Attempt): Account[] => [byAddress(attempt), ...byIdentity(attempt)];
  const readyAt = (attempt: Attempt): number => (isKnown(attempt) ? 0 : accounts.readyAt(allOf(attempt)));

  const settle = (attempt: Attempt, failed: boolean): void => {
    if (!failed) accounts.succeed(allOf(attempt));
    const pair = pairOf(attempt);
    if (pair === undefined || (failed && !known.has(pair))) return;
    const failures = failed ? (known.get(pair) ?? 0) + 1 : 0;
    known.delete(pair);
    known.set(pair, failures);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  };

  const serve = (): void => {
    cancelTimer();
    const now = clock.now();
    for (const { call } of queue.remove(({ since, isDisconnected }) => now - since >= MAX_WAIT_MS || isDisconnected()))
      call(false);
    while (running < MAX_CONCURRENT) {
      const next = queue.take((waiting) => readyAt(waiting) <= now);
      if (next === undefined) break;
      running += 1;
      accounts.begin(allOf(next));
      next.call(true);
    }
    cancelTimer = scheduleNext(now);
  };

  /**
   * Schedules `serve` for the end of the first pause or of the longest wait. When a running attempt ends, `serve` is
   * called anyway.
   */
  const scheduleNext = (now: number): (() => void) => {
    const times = [...queue.heads()].flatMap((waiting) => [
      waiting.since + MAX_WAIT_MS,
      ...(running < MAX_CONCURRENT ? [readyAt(waiting)] : []),
    ]);
    return times.length === 0 ? () => {} : clock.later(Math.max(Math.min(...times) - now, 1), serve);
  };

  return {
    attempt: async (attempt, work, isFailure) => {
      const called = Promise.withResolvers<boolean>();
      const waiting = { ...attempt, since: clock.now(), call: called.resolve };
      // All guesses at one name share one line, whatever else they send, so other identities of the address keep their
      // own lines.
      queue.add(attempt.address, accounts.withMostFailures(attempt.accounts), attempt.failures, waiting)?.call(false);
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
