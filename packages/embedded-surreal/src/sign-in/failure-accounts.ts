/** How often attempts of an identity or an address failed, and when its next one may start. */
export interface Account {
  readonly key: string;
  /** Failures that cost nothing. */
  readonly free: number;
  /** The pause after the first one that does; it doubles up to the longest. In milliseconds. */
  readonly firstPause: number;
  readonly longestPause: number;
}

interface Entry {
  failures: number;
  changedAt: number;
  readyAt: number;
}

/** After this time without an attempt an account is forgotten. */
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

  /** The one of these with the most failures; of equals the first. */
  worst(keys: readonly string[]): string {
    const failures = (key: string): number => this.#known(key)?.failures ?? 0;
    return keys.reduce((worst, key) => (failures(key) > failures(worst) ? key : worst), keys[0] ?? '');
  }

  /** When the next attempt on all of these may start, in milliseconds since 1970. */
  readyAt(accounts: readonly Account[]): number {
    return Math.max(0, ...accounts.map(({ key }) => this.#known(key)?.readyAt ?? 0));
  }

  /** An attempt starts. It counts as a failure until it is known to be none, or many at once would all be free. */
  begin(accounts: readonly Account[]): void {
    const now = this.#now();
    for (const { key, free, firstPause, longestPause } of accounts) {
      const failures = (this.#known(key)?.failures ?? 0) + 1;
      const doublings = Math.min(failures - free - 1, 10);
      const pause = failures > free ? Math.min(firstPause * 2 ** doublings, longestPause) : 0;
      // The latest comes last, so the first one is the next to forget.
      this.#entries.delete(key);
      this.#entries.set(key, { failures, changedAt: now, readyAt: now + pause });
    }
    this.#forgetOldest();
  }

  /** An attempt turned out to be right: it takes back its own failure only. */
  takeBack(accounts: readonly Account[]): void {
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
