import { Connection } from './connection/connection.ts';
import type { DatabaseSocket } from './connection/database-socket.ts';
import type { LinkState } from './connection/state.ts';
import { isSessionEnded } from './database/database-errors.ts';
import { retryConflicts } from './database/retry-conflicts.ts';
import { away } from './errors.ts';
import { listen } from './listen.ts';
import { type LinkOptions, settingsOf } from './options.ts';
import type { Bindings, Queries, QueryOptions } from './queries.ts';
import { runTransaction, type Transaction, type TransactionOptions } from './transaction.ts';
import { waitForWrite } from './write-signal.ts';

/** A connection that reconnects by itself. */
export interface Link extends Queries {
  /** The current state, for logs and tests. */
  readonly state: LinkState;
  /** Whether a query would be sent now. */
  readonly connected: boolean;
  /**
   * Connects, and reconnects from then on. Resolves at the first connection. Safe to call again.
   *
   * @throws LinkError the failures that the option `giveUp` names, such as SPOOKY_LINK_SIGN_IN_REFUSED;
   *   SPOOKY_LINK_CLOSED if the link is closed first
   */
  open(): Promise<void>;
  /**
   * Runs `work` in one transaction. Everything it reads is a snapshot of the moment at which the transaction began, and
   * its writes are committed when it resolves. If it throws, takes too long or loses its connection, nothing is
   * written.
   *
   * @returns the value that `work` resolves with
   * @throws LinkError SPOOKY_LINK_CONFLICT if it lost a conflict with another transaction, so that nothing was written;
   *   `work` is only repeated if `attempts` allows it
   * @throws LinkError SPOOKY_LINK_LOST during the commit: whether it was written is unknown
   */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /**
   * Waits until others may have written something. Writes of this link do not count. `awaitWrites` waits in a loop.
   *
   * @param since the number that an earlier call resolved with; without it, the call resolves immediately
   * @param timeoutMs how long to wait at most, in milliseconds; default and maximum: 30,000
   * @returns the number to pass as `since` next time, or undefined if the server has no write signal, so that the
   *   caller must poll
   */
  writeSignal(since?: number, timeoutMs?: number): Promise<number | undefined>;
  /** Whether the database answers within `ms` milliseconds. Never throws. */
  isReachable(ms: number): Promise<boolean>;
  /**
   * Starts a LIVE query. Not repeated on the next connection.
   *
   * @param statement one LIVE statement
   * @param onMessage called with each changed row, in the order of arrival, until the connection is lost or the
   *   returned function is called
   * @param onEnd called once if the database ends the query before that
   * @returns a function that ends the query
   * @throws LinkError SPOOKY_LINK_BAD_OPTIONS if the statement is not LIVE
   */
  listen(
    statement: string,
    onMessage: (value: Record<string, unknown>) => void,
    onEnd: () => void,
  ): Promise<() => Promise<void>>;
  /** Calls the listener at every connection, including the first one. */
  onConnected(listener: () => void): void;
  /** Closes the link permanently, in any state. Resolves when its socket and timers have ended. Safe to call again. */
  close(): Promise<void>;
}

/**
 * Creates a link. `open` connects it.
 *
 * @throws LinkError SPOOKY_LINK_BAD_OPTIONS
 */
export function createLink(options: LinkOptions): Link {
  const settings = settingsOf(options);
  const connection = new Connection(settings);

  /**
   * Runs work on the open socket. A socket whose session has ended is replaced: the user signs in again on the next
   * one.
   */
  async function onSocket<Result>(work: (socket: DatabaseSocket) => Promise<Result>): Promise<Result> {
    const socket = await connection.socket(settings.waitMs);
    try {
      return await work(socket);
    } catch (error) {
      if (!isSessionEnded(error)) throw error;
      const reason = away(error);
      socket.terminate(reason);
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
      return onSocket((socket) => socket.query(text, values, options));
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
        onSocket((socket) => runTransaction(socket, timeoutMs, work)),
      ),
    writeSignal: (since, timeoutMs) =>
      onSocket((socket) => waitForWrite(socket, settings.queryTimeoutMs, since, timeoutMs)),
    async isReachable(ms) {
      return (await connection.current?.answers(ms)) ?? false;
    },
    listen: (statement, onMessage, onEnd) => onSocket((socket) => listen(socket, statement, onMessage, onEnd)),
    onConnected: (listener) => connection.onConnected(() => listener()),
    close: () => connection.close(),
  };
}

/**
 * Opens a link, runs `work` with it and closes it. The first failure to connect is final.
 *
 * @returns the value that `work` resolves with
 * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_SILENT, SPOOKY_LINK_SIGN_IN_REFUSED, SPOOKY_LINK_SIGN_IN_FAILED, and
 *   what `work` throws
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
