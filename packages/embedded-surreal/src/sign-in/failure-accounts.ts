/** Counts failed attempts per identity and per address, and says when the next attempt may start. */
export interface Account {
  readonly key: string;
  /** The number of failures without a pause. */
  readonly freeFailures: number;
  /** The pause after the next failure, in milliseconds. It doubles with each failure, up to `longestPause`. */
  readonly firstPause: number;
  readonly longestPause: number;
}

interface Entry {
  failures: number;
  changedAt: number;
  readyAt: number;
}

/** An account without attempts for this time is forgotten, in milliseconds. */
const FORGET_MS = 60_000;
const MAX_ACCOUNTS = 50_000;

export class FailureAccounts {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The key with the most failures; the first of equals. */
  withMostFailures(keys: readonly string[]): string {
    const failures = (key: string): number => this.#known(key)?.failures ?? 0;
    return keys.reduce((worst, key) => (failures(key) > failures(worst) ? key : worst), keys[0] ?? '');
  }

  /** When the next attempt on all of these accounts may start, in milliseconds since 1970. */
  readyAt(accounts: readonly Account[]): number {
    return Math.max(0, ...accounts.map(({ key }) => this.#known(key)?.readyAt ?? 0));
  }

  /** Starts an attempt. It counts as a failure until it succeeds; otherwise concurrent attempts would all be free. */
  begin(accounts: readonly Account[]): void {
    const now = this.#now();
    for (const { key, freeFailures, firstPause, longestPause } of accounts) {
      const failures = (this.#known(key)?.failures ?? 0) + 1;
      const doublings = Math.min(failures - freeFailures - 1, 10);
      const pause = failures > freeFailures ? Math.min(firstPause * 2 ** doublings, longestPause) : 0;
      // Entries are ordered by last use, so the first one is the next to forget.
      this.#entries.delete(key);
      this.#entries.set(key, { failures, changedAt: now, readyAt: now + pause });
    }
    this.#forgetOldest();
  }

  /** Records a success: removes the one failure that `begin` counted. */
  succeed(accounts: readonly Account[]): void {
    for (const { key } of accounts) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entry.failures = Math.max(0, entry.failures - 1);
    }
  }

  #known(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#now() - entry.changedAt < FORGET_MS ? entry : undefined;
  }

  #forgetOldest(): void {
    for (const [key, { changedAt }] of this.#entries) {
      if (this.#now() - changedAt < FORGET_MS && this.#entries.size <= MAX_ACCOUNTS) return;
      this.#entries.delete(key);
    }
  }
}
