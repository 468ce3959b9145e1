/**
 * A transaction of several requests.
 *
 *   begin ──▶ open ──work resolved──▶ commit ──▶ committed
 *               │                        └─ conflict, failed statement ──▶ nothing written
 *               └─ work threw · time is up ──▶ cancel ──▶ nothing written
 *
 * The server ends the transaction together with the connection, so a lost connection leaves none behind.
 */
import type { Uuid } from 'surrealdb';
import type { DatabaseSocket } from './connection/database-socket.ts';
import { within } from './connection/within.ts';
import { closed, LinkError } from './errors.ts';
import type { Bindings, Queries, QueryOptions } from './queries.ts';

/** One transaction. A failed statement does not end it: do not catch its error, so that nothing is written. */
export interface Transaction extends Queries {
  /** Like `queryAll`, but returns the outcome of each statement instead of throwing the first error. */
  settled(text: string, bindings?: Record<string, unknown>): Promise<PromiseSettledResult<unknown>[]>;
  /**
   * The run time of its statements so far, in milliseconds, as the engine measures it. The time in the engine's queue
   * and the commit are not included.
   */
  readonly engineMs: number;
}

/** Options of `Link.transaction`. */
export interface TransactionOptions {
  /** How often `work` runs until it wins against other transactions, including the first time. Default: 1. */
  readonly attempts?: number;
  /**
   * The time limit for the whole transaction, in milliseconds. After it the transaction is cancelled. Default: the
   * link's `queryTimeoutMs`.
   */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` in a transaction on a socket.
 *
 * @throws LinkError as `Link.transaction`
 * @throws ServerError the database's error about a statement or the commit
 */
export async function runTransaction<Result>(
  socket: DatabaseSocket,
  timeoutMs: number,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const transaction = await socket.call<Uuid>('begin');
  const { queries, end } = openTransaction(socket, transaction);
  try {
    const lost = Promise.withResolvers<never>();
    const onLost = (): void => lost.reject(socket.lost.reason);
    socket.lost.addEventListener('abort', onLost);
    try {
      const result = await within(timeoutMs, Promise.race([work(queries), lost.promise])).catch(
        asTransactionTimeout(timeoutMs),
      );
      end();
      socket.lost.throwIfAborted();
      await socket.call('commit', [transaction]);
      return result;
    } finally {
      socket.lost.removeEventListener('abort', onLost);
    }
  } catch (error) {
    end();
    // The server cancels it after the running statement. The answer does not matter, and the end of a socket has the
    // same effect.
    socket.call('cancel', [transaction]).catch(() => undefined);
    throw error;
  }
}

function openTransaction(socket: DatabaseSocket, transaction: Uuid): { readonly queries: Transaction; end(): void } {
  let isOver = false;
  let engineMs = 0;
  const onRan = (ms: number): void => {
    engineMs += ms;
  };
  async function queryAll<Results extends unknown[]>(text: string, bindings?: Bindings, options?: QueryOptions) {
    if (isOver) throw closed('this transaction');
    const values = typeof bindings === 'function' ? bindings(1) : bindings;
    return (await socket.query(text, values, { ...options, transaction, onRan })) as Results;
  }
  return {
    queries: {
      queryAll,
      async settled(text, bindings) {
        if (isOver) throw closed('this transaction');
        return socket.settled(text, bindings, { transaction, onRan });
      },
      async query<Result>(text: string, bindings?: Bindings, options?: QueryOptions) {
        return (await queryAll(text, bindings, options)).at(-1) as Result;
      },
      get engineMs() {
        return engineMs;
      },
    },
    end() {
      isOver = true;
    },
  };
}

/** Only the work took too long; the connection is still usable. */
function asTransactionTimeout(timeoutMs: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LinkError) || error.code !== 'SPOOKY_LINK_SILENT') throw error;
    const message = `the transaction took more than ${timeoutMs} ms and was cancelled; nothing was written`;
    throw new LinkError('SPOOKY_LINK_SILENT', message, { cause: error });
  };
}
