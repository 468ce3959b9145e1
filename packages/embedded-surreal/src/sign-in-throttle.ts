/**
 * Slows down the guessing of passwords.
 *
 * Attempts are counted by the client's address and by whom it wants to be. Ten failures are free; from then on the
 * attempts of one kind stand in line, one at a time, with a pause that doubles from 50 ms to half a second. In the line,
 * connections that have failed less go first, so that who knows the password gets in before those who guess on. A
 * success, or a minute without an attempt, clears the account.
 *
 * Of all attempts two run at a time. The engine computes argon2 where it does everything else, about 57 ms for each:
 * measured, twenty connections that guessed on held up every other request by more than a second; now by none at the
 * median.
 */
export interface SignInThrottle {
  /** Runs an attempt when its turn has come; undefined when too many wait. `failures` are its connection's own. */
  attempt<T>(
    kind: string,
    failures: number,
    work: () => Promise<T>,
    isFailure: (result: T) => boolean,
  ): Promise<T | undefined>;
  /** Whom it keeps an account of; for tests. */
  readonly size: number;
}

const FREE_FAILURES = 10;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
const FORGET_MS = 60_000;
const MAX_WAITING = 64;
const MAX_ACCOUNTS = 10_000;
const MOST_AT_A_TIME = 2;

interface Account {
  failures: number;
  lastAttempt: number;
  serving: boolean;
  readonly line: Waiting[];
}

interface Waiting {
  readonly failures: number;
  /** Tells whether its turn has come, or it has to go. */
  readonly call: (turn: boolean) => void;
}

/** The clock and the pause are passed in, so that tests need none. */
export function createSignInThrottle(
  now: () => number = Date.now,
  pause: (milliseconds: number) => Promise<void> = sleep,
): SignInThrottle {
  const accounts = new Map<string, Account>();
  const places: (() => void)[] = [];
  let running = 0;

  const inPlace = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= MOST_AT_A_TIME) await new Promise<void>((free) => places.push(free));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = places.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };

  const open = (kind: string): Account => {
    const time = now();
    const known = accounts.get(kind);
    const fresh: Account = { failures: 0, lastAttempt: time, serving: false, line: [] };
    const isKnown = known !== undefined && (known.serving || time - known.lastAttempt < FORGET_MS);
    const account = isKnown ? known : fresh;
    account.lastAttempt = time;
    // The latest attempts stand last, so that the first one is whom to forget.
    accounts.delete(kind);
    accounts.set(kind, account);
    return account;
  };

  const forgetOldest = (): void => {
    for (const [kind, account] of accounts) {
      const isOld = now() - account.lastAttempt >= FORGET_MS;
      if (!isOld && accounts.size <= MAX_ACCOUNTS) return;
      if (!account.serving) accounts.delete(kind);
    }
  };

  const serve = async (account: Account): Promise<void> => {
    account.serving = true;
    while (account.line.length > 0) {
      const doublings = Math.min(account.failures - FREE_FAILURES, 10);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** Math.max(doublings, 0), LONGEST_PAUSE_MS));
      account.line.shift()?.call(true);
    }
    account.serving = false;
  };

  const turn = (account: Account, failures: number): Promise<boolean> => {
    const called = Promise.withResolvers<boolean>();
    const behind = account.line.findIndex((waiting) => waiting.failures > failures);
    account.line.splice(behind === -1 ? account.line.length : behind, 0, { failures, call: called.resolve });
    if (account.line.length > MAX_WAITING) account.line.pop()?.call(false);
    if (!account.serving) void serve(account);
    return called.promise;
  };

  return {
    attempt: async (kind, failures, work, isFailure) => {
      const account = open(kind);
      forgetOldest();
      if (account.failures >= FREE_FAILURES && !(await turn(account, failures))) return undefined;
      // Counted before its end, or a thousand at once would all be free.
      account.failures += 1;
      const result = await inPlace(work);
      if (!isFailure(result)) account.failures = 0;
      return result;
    },
    get size() {
      return accounts.size;
    },
  };
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
