import { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import { CANCEL_PENDING, CLEAR_REQUEST, DUE_NOW, REFUSE_RERUN, readRequests, rerun } from './sql/requests.ts';
import type { Writer } from './writer.ts';

/** What is done about an owner's wish. */
export type RequestAction =
  /** Wait no longer for the backoff. */
  | 'due-now'
  /** A failed job runs again. */
  | 'rerun'
  | 'cancel-pending'
  /** This runner has it: it is taken out of its queue, or its call is aborted, and its outcome clears the request. */
  | 'abort'
  /** Another runner has it and will see the request as well; if that one is lost, the job becomes pending again. */
  | 'leave'
  | 'clear';

/** Where the job of a request is, as this runner sees it. */
export interface Standing {
  /** This runner works on it, or it waits in its queues. */
  readonly isHere: boolean;
  /** This runner owns its partition. */
  readonly isOwned: boolean;
}

/** Decides about one row. Pure. */
export function decideRequest(status: unknown, request: unknown, { isHere, isOwned }: Standing): RequestAction {
  if (request === 'cancel' && isHere) return 'abort';
  if (!isOwned) return 'leave';
  if (request === 'retry') {
    if (status === 'failed') return 'rerun';
    return status === 'pending' ? 'due-now' : 'clear';
  }
  if (status === 'pending') return 'cancel-pending';
  return status === 'processing' ? 'leave' : 'clear';
}

export interface RequestsOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly writer: Writer;
  readonly table: string;
  readonly standing: (id: string, partition: unknown) => Standing;
  readonly cancel: (id: string) => void;
  /** Keeps jobs from being taken into this runner's hands, until the returned function is called. */
  readonly withhold: (ids: readonly RecordId[]) => () => void;
  /** Some job became due that may have been passed over before. */
  readonly onDue: () => void;
  readonly logger: Logger;
}

const BATCH = 200;
const CANCELLED = { code: 'cancelled', reason: 'Cancelled by its owner.' };
const KEY_TAKEN = {
  code: 'unique_key_taken',
  reason: 'Not run again: another job with the same unique key waits or runs.',
};

/**
 * Reads what owners ask for, and does it: first in memory, then in the row. Only the owner of a partition acts.
 *
 * A failed job whose unique key another has by now stays failed and says so: run beside that one it would break what the key
 * promises, and made to wait for it, it would start when nobody expects it any more.
 */
export function createRequests(options: RequestsOptions): () => Promise<void> {
  const { connection, writer, table, standing, cancel, withhold, onDue, logger } = options;
  /** Rows that the database does not let be changed. Told once; their requests stand. */
  const refused = new Set<string>();

  /** One by one, if one of them is refused. */
  async function write(statement: string, ids: readonly RecordId[], bindings = {}): Promise<void> {
    try {
      await writer.write(`RETURN (${statement})`, { ...bindings, ids });
    } catch (error) {
      if (isAway(error) || isFenced(error)) throw error;
      const [only] = ids;
      if (only === undefined) return;
      if (ids.length === 1) await onRefused(only, error);
      else for (const id of ids) await write(statement, [id], bindings);
    }
  }

  async function onRefused(id: RecordId, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (/index .*already contains/i.test(reason)) return await write(REFUSE_RERUN, [id], { error: KEY_TAKEN });
    refused.add(String(id));
    const message = 'what the owner of a job asks for cannot be done: the row does not fit its schema; repair it';
    logger.error({ job: String(id), reason }, message);
  }

  return async () => {
    const groups = new Map<RequestAction, RecordId[]>();
    for (const row of rows(await connection.query(readRequests(table), { limit: BATCH }))) {
      const { id, status, request, partition } = row;
      if (!(id instanceof RecordId) || refused.has(String(id))) continue;
      const action = decideRequest(status, request, standing(String(id), partition));
      if (action === 'abort') cancel(String(id));
      else groups.set(action, [...(groups.get(action) ?? []), id]);
    }
    const act = async (action: RequestAction, statement: string, bindings = {}): Promise<void> => {
      const ids = groups.get(action);
      if (ids) await write(statement, ids, bindings);
    };
    // A read that was sent before may still bring them.
    const release = withhold(groups.get('cancel-pending') ?? []);
    await act('cancel-pending', CANCEL_PENDING, { error: CANCELLED }).finally(release);
    await act('clear', CLEAR_REQUEST);
    await act('rerun', rerun(table));
    await act('due-now', DUE_NOW);
    if (groups.has('rerun') || groups.has('due-now')) onDue();
  };
}

function rows(result: unknown): Record<string, unknown>[] {
  return Array.isArray(result) ? result.filter((row) => typeof row === 'object' && row !== null) : [];
}
