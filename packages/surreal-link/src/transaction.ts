/*
 * A transaction of several requests.
 *
 *   begin ──▶ open ──work resolved──▶ commit ──▶ committed
 *               │                        └─ conflict, failed statement ──▶ nothing written
 *               └─ work threw · time is up ──▶ cancel ──▶ nothing written
 *
 * The server ends it with the connection, so none is left behind when that breaks.
 */
import type { Uuid } from 'surrealdb';
import type { Wire } from './connection/wire.ts';
import { within } from './connection/within.ts';
import { closed, LinkError } from './errors.ts';
import type { Bindings, Queries, QueryOptions } from './queries.ts';

/** One transaction. A statement that fails does not end it: let its error out, so that nothing is written. */
export interface Transaction extends Queries {
  /** As `queryAll`, and gives the outcome of each statement in place of the first error. */
  settled(text: string, bindings?: Record<string, unknown>): Promise<PromiseSettledResult<unknown>[]>;
  /**
   * How long its statements ran so far, in milliseconds, as the engine counts it: however busy the engine is with others,
   * what they waited for their turn is not in it, nor is the commit.
   */
  readonly engineMs: number;
}

export interface TransactionOptions {
  /** How often `work` runs until it wins against other transactions, the first time included. Default: 1. */
  readonly attempts?: number;
  /** For all of it; past it the transaction is cancelled. Default: the link's `queryTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** @throws LinkError as `Link.transaction`, ServerError what the database says of a statement or of the commit */
export async function runTransaction<Result>(
  wire: Wire,
  timeoutMs: number,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const transaction = await wire.call<Uuid>('begin');
  const { queries, end } = openTransaction(wire, transaction);
  try {
    const lost = Promise.withResolvers<never>();
    const onLost = (): void => lost.reject(wire.lost.reason);
    wire.lost.addEventListener('abort', onLost);
    try {
      const result = await within(timeoutMs, Promise.race([work(queries), lost.promise])).catch(rename(timeoutMs));
      end();
      wire.lost.throwIfAborted();
      await wire.call('commit', [transaction]);
      return result;
    } finally {
      wire.lost.removeEventListener('abort', onLost);
    }
  } catch (error) {
    end();
    // The server takes it after the statement that runs now. Its answer changes nothing, and a lost wire has cancelled it.
    wire.call('cancel', [transaction]).catch(() => undefined);
    throw error;
  }
}

function openTransaction(wire: Wire, transaction: Uuid): { readonly queries: Transaction; end(): void } {
  let isOver = false;
  let engineMs = 0;
  const onRan = (ms: number): void => {
    engineMs += ms;
  };
  async function queryAll<Results extends unknown[]>(text: string, bindings?: Bindings, options?: QueryOptions) {
    if (isOver) throw closed('this transaction');
    const values = typeof bindings === 'function' ? bindings(1) : bindings;
    return (await wire.query(text, values, { ...options, transaction, onRan })) as Results;
  }
  return {
    queries: {
      queryAll,
      async settled(text, bindings) {
        if (isOver) throw closed('this transaction');
        return wire.settled(text, bindings, { transaction, onRan });
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

/** Only the work took too long: the connection stays. */
function rename(timeoutMs: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LinkError) || error.code !== 'SPOOKY_LINK_SILENT') throw error;
    const message = `the transaction took more than ${timeoutMs} ms and was cancelled; nothing was written`;
    throw new LinkError('SPOOKY_LINK_SILENT', message, { cause: error });
  };
}
