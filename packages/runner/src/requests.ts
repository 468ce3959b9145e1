import { RecordId } from 'surrealdb';
import type { Connection } from './connection.ts';
import type { Logger } from './logger.ts';
import { CANCEL_PENDING, CLEAR_REQUEST, DUE_NOW, REFUSE_RERUN, type TableStatements } from './statements.ts';
import type { Unwritable } from './sweep.ts';
import { writeEach } from './write-each.ts';

/** What is done about an owner's wish. */
export type RequestAction =
  /** Wait no longer for the backoff. */
  | 'due-now'
  /** A failed job runs again. */
  | 'rerun'
  | 'cancel-pending'
  /** This runner holds it: the call is aborted, and its outcome clears the request. */
  | 'abort'
  /** Another runner holds it and will see the request as well; if that one is lost, the rescue makes it pending. */
  | 'leave'
  | 'clear';

/** Decides about one row. Pure. */
export function decideRequest(status: unknown, request: unknown, held: boolean): RequestAction {
  if (request === 'retry') {
    if (status === 'failed') return 'rerun';
    return status === 'pending' ? 'due-now' : 'clear';
  }
  if (status === 'pending') return 'cancel-pending';
  if (status === 'processing') return held ? 'abort' : 'leave';
  return 'clear';
}

export interface RequestsOptions {
  holds(token: string): boolean;
  cancel(token: string): void;
  /** Some job became due. */
  onDue(): void;
  /** Rows that the database does not let be changed. Told once; their requests stand, and no claim looks at them again. */
  readonly unwritable: Unwritable;
  readonly logger: Logger;
}

const BATCH = 200;
const CANCELLED = { code: 'cancelled', reason: 'Cancelled by its owner.' };
const KEY_TAKEN = {
  code: 'unique_key_taken',
  reason: 'Not run again: another job with the same unique key waits or runs.',
};

/**
 * Reads what owners ask for, and does it. Each write states again what it was decided on, so runners may race.
 *
 * A failed job whose unique key another has by now stays failed and says so: run beside that one it would break what
 * the key promises, and made to wait for it, it would start when nobody expects it any more.
 */
export function createRequests(connection: Connection, statements: TableStatements, options: RequestsOptions) {
  async function onRefused(id: RecordId, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (/index .*already contains/i.test(reason)) {
      await connection.query(REFUSE_RERUN, { id, error: KEY_TAKEN });
      return;
    }
    options.unwritable.set(String(id), id);
    const message = 'what the owner of a job asks for cannot be done: the row does not fit its schema; repair it';
    options.logger.error({ job: String(id), reason }, message);
  }

  return async (): Promise<void> => {
    const groups = new Map<RequestAction, RecordId[]>();
    for (const row of rows(await connection.query(statements.requests, { limit: BATCH }))) {
      const { id, status, request, token } = row;
      if (!(id instanceof RecordId) || options.unwritable.has(String(id))) continue;
      const action = decideRequest(status, request, typeof token === 'string' && options.holds(token));
      if (action === 'abort') options.cancel(String(token));
      else groups.set(action, [...(groups.get(action) ?? []), id]);
    }
    const write = async (action: RequestAction, statement: string, bindings = {}): Promise<void> => {
      const ids = groups.get(action);
      if (ids) await writeEach(connection, statement, ids, bindings, onRefused);
    };
    await write('cancel-pending', CANCEL_PENDING, { error: CANCELLED });
    await write('clear', CLEAR_REQUEST);
    await write('rerun', statements.rerun);
    await write('due-now', DUE_NOW);
    // A claim that met cancelled jobs took fewer than it might have.
    if (groups.has('rerun') || groups.has('due-now') || groups.has('cancel-pending')) options.onDue();
  };
}

function rows(result: unknown): Record<string, unknown>[] {
  return Array.isArray(result) ? result.filter((row) => typeof row === 'object' && row !== null) : [];
}
