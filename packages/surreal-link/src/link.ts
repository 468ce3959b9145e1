import { Connection } from './connection/connection.ts';
import type { LinkState } from './connection/state.ts';
import type { Wire } from './connection/wire.ts';
import { isSessionEnded } from './database/database-errors.ts';
import { retryConflicts } from './database/retry-conflicts.ts';
import { away } from './errors.ts';
import { listen } from './listen.ts';
import { type LinkOptions, settingsOf } from './options.ts';
import type { Bindings, Queries, QueryOptions } from './queries.ts';
import { runTransaction, type Transaction, type TransactionOptions } from './transaction.ts';
import { waitForWrite } from './write-signal.ts';

/** A connection that comes back by itself. */
export interface Link extends Queries {
  readonly state: LinkState;
  /** Whether a query would be sent now. */
  readonly connected: boolean;
  /**
   * Connects, and stays connected from then on. Resolves at the first connection; see the option `giveUp`.
   * @throws LinkError SPOOKY_LINK_SIGN_IN_REFUSED and others, as `giveUp` says; SPOOKY_LINK_CLOSED if closed before
   */
  open(): Promise<void>;
  /**
   * Runs `work` in one transaction: everything it reads is of one moment, the one in which the transaction began, and what
   * it writes is committed when it resolves. If it throws, takes too long or loses its connection, nothing is written.
   *
   * @throws LinkError SPOOKY_LINK_CONFLICT if another transaction was faster, so that nothing was written. `work` runs
   *   again only if `attempts` says so. SPOOKY_LINK_LOST during the commit: it may have been written.
   */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /**
   * Waits until something may have been written. Resolves with the number to give as `since` the next time: at once if
   * it differs from `since` or without one, otherwise at the next write or after `timeoutMs` (default and most: 30,000).
   * What this link writes does not count. `awaitWrites` waits again and again.
   * Resolves with undefined if the server has no write signal: poll then.
   */
  writeSignal(since?: number, timeoutMs?: number): Promise<number | undefined>;
  /** Whether the database answers within `ms`. Never throws. */
  isReachable(ms: number): Promise<boolean>;
  /**
   * Starts a LIVE query. `onMessage` is called with each change, in the order in which they arrive, until the connection is lost or the returned
   * function is called. `onEnd` is called once if the database ends the query before.
   */
  listen(
    statement: string,
    onMessage: (value: Record<string, unknown>) => void,
    onEnd: () => void,
  ): Promise<() => Promise<void>>;
  /** Calls the listener at every connection, the first one included. */
  onConnected(listener: () => void): void;
  /** Ends it for good, in any state; resolves when nothing of it is left. May be called again. */
  close(): Promise<void>;
}

/**
 * Makes a link; `open` starts it.
 * @throws LinkError SPOOKY_LINK_BAD_OPTIONS
 */
export function createLink(options: LinkOptions): Link {
  const settings = settingsOf(options);
  const connection = new Connection(settings);

  /** Work on the open wire. A wire whose session has ended is replaced: its user signs in again on the next. */
  async function onWire<Result>(work: (wire: Wire) => Promise<Result>): Promise<Result> {
    const wire = await connection.wire(settings.waitMs);
    try {
      return await work(wire);
    } catch (error) {
      if (!isSessionEnded(error)) throw error;
      const reason = away(error);
      wire.drop(reason);
      throw reason;
    }
  }

  async function queryAll<Results extends unknown[]>(
    text: string,
    bindings?: Bindings,
    options?: QueryOptions,
  ): Promise<Results> {
    const results = await retryConflicts({ ...settings, ...options }, (attempt) => {
      const values = typeof bindings === 'function' ? bindings(attempt) : bindings;
      return onWire((wire) => wire.query(text, values, options));
    });
    return results as Results;
  }

  return {
    get state() {
      return connection.state;
    },
    get connected() {
      return connection.current !== undefined;
    },
    open: () => connection.open(),
    queryAll,
    async query<Result>(text: string, bindings?: Bindings, options?: QueryOptions) {
      return (await queryAll(text, bindings, options)).at(-1) as Result;
    },
    transaction: (work, { attempts = 1, timeoutMs = settings.queryTimeoutMs } = {}) =>
      retryConflicts({ ...settings, conflictAttempts: attempts }, () =>
        onWire((wire) => runTransaction(wire, timeoutMs, work)),
      ),
    writeSignal: (since, timeoutMs) => onWire((wire) => waitForWrite(wire, settings.queryTimeoutMs, since, timeoutMs)),
    async isReachable(ms) {
      return (await connection.current?.answers(ms)) ?? false;
    },
    listen: (statement, onMessage, onEnd) => onWire((wire) => listen(wire, statement, onMessage, onEnd)),
    onConnected: (listener) => connection.onConnected(() => listener()),
    close: () => connection.close(),
  };
}

/**
 * Opens a link, runs `work` with it and closes it. Nothing is waited for: the first failure to connect is final.
 *
 * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_SILENT, SPOOKY_LINK_SIGN_IN_REFUSED, SPOOKY_LINK_SIGN_IN_FAILED
 */
export async function withLink<Result>(
  options: Omit<LinkOptions, 'giveUp'>,
  work: (link: Link) => Promise<Result>,
): Promise<Result> {
  const link = createLink({ ...options, giveUp: 'failed' });
  try {
    await link.open();
    return await work(link);
  } finally {
    await link.close();
  }
}
