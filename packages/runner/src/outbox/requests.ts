import { RecordId } from 'surrealdb';
import { type Connection, isAway, isContested } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import {
  CANCEL_PENDING,
  CLEAR_REQUEST,
  DUE_NOW,
  READ_CANCELS,
  REFUSE_RERUN,
  type Request,
  type RequestRead,
  readRequests,
  rerun,
} from './sql/requests.ts';
import { ATTEMPTS_BEFORE_SPLIT, type Writer } from './writer.ts';

/** What the runner does about an owner's request. */
export type RequestAction =
  /** Ends the wait for the backoff. */
  | 'due-now'
  /** Runs a failed job again. */
  | 'rerun'
  | 'cancel-pending'
  /** This runner has the job: it is removed from its queue, or its call is aborted. Its outcome clears the request. */
  | 'abort'
  /** Another runner has the job and sees the request as well. If that runner is lost, the job becomes pending again. */
  | 'leave'
  | 'clear';

/**
 * Decides about one row of an owned partition. Pure.
 * @param isHere whether this runner works on the job or has queued it
 */
export function decideRequest(status: unknown, request: Request, isHere: boolean): RequestAction {
  if (request === 'retry') {
    if (status === 'failed') return 'rerun';
    return status === 'pending' ? 'due-now' : 'clear';
  }
  if (isHere) return 'abort';
  if (status === 'pending') return 'cancel-pending';
  return status === 'processing' ? 'leave' : 'clear';
}

export interface RequestsOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly writer: Writer;
  readonly table: string;
  /** The partitions that this runner owns now. */
  readonly partitions: () => ReadonlySet<number>;
  /** Jobs that this runner still works on although another runner owns their partition now. */
  readonly handedOver: () => RecordId[];
  /** Whether this runner works on the job or has queued it. */
  readonly isHere: (id: string) => boolean;
  readonly cancel: (id: string) => void;
  /** Keeps this runner from taking on these jobs until the returned function is called. */
  readonly withhold: (ids: readonly RecordId[]) => () => void;
  /** A job has become due that reads may have skipped before. */
  readonly onDue: () => void;
  readonly logger: Logger;
}

/** The rows of one read and of one statement. */
const BATCH = 100;
/** Smaller batches isolate a row that the database refuses or that another transaction changes. */
const PART = 10;
/**
 * How many requests of one kind in one partition are done in one look. Then others get their turn, and a handover that
 * waits for this look continues.
 */
const MAX_DONE = 200;
/** How many rows are remembered that the database refuses to change. */
const MAX_REFUSED = 10_000;
const CANCELLED = { code: 'cancelled', reason: 'Cancelled by its owner.' };
const KEY_TAKEN = {
  code: 'unique_key_taken',
  reason: 'Not run again: another job with the same unique key waits or runs.',
};

/** One kind of request in one partition, during a look. */
interface RequestList extends RequestRead {
  readonly done: number;
}

/**
 * Reads owners' requests and acts on them: first in memory, then in the row. Only the owner of a partition acts.
 *
 * A look reads each kind of request in each partition, a batch at a time, until an answer is not full. A request that
 * is done leaves the index. One that stays, such as the cancel of a call that is being aborted or a row that cannot be
 * changed, is skipped by the next read. So a request that stays does not hide those after it.
 *
 * If another job has taken the unique key of a failed job, a retry is refused and the job's errors say so. Running both
 * would break the guarantee of the key, and a retry that waited for the other job would start at an unexpected time.
 *
 * @returns a function that looks once, and returns whether there is more to do
 */
export function createRequests(options: RequestsOptions): () => Promise<boolean> {
  const { connection, writer, table, partitions, handedOver, isHere, cancel, withhold, onDue, logger } = options;
  /** The latest rows that the database refuses to change. They are tried and logged once; their requests stay. */
  const refused = new Set<string>();

  /**
   * Writes in batches, and in smaller ones if the database refuses one or another transaction writes at the same time.
   * Returns the ids of the changed rows.
   */
  async function write(statement: string, ids: readonly RecordId[], bindings = {}, size = BATCH): Promise<RecordId[]> {
    const changed: RecordId[] = [];
    for (let from = 0; from < ids.length; from += size) {
      const batch = ids.slice(from, from + size);
      try {
        const attempts = batch.length > 1 ? ATTEMPTS_BEFORE_SPLIT : undefined;
        changed.push(...idsIn(await writer.write(`RETURN (${statement})`, { ...bindings, ids: batch }, attempts)));
      } catch (error) {
        if (isFenced(error) || (isAway(error) && !isContested(error))) throw error;
        const [only] = batch;
        if (batch.length > 1) changed.push(...(await write(statement, batch, bindings, size > PART ? PART : 1)));
        // A row that other transactions keep changing is tried again in the next look.
        else if (only && !isContested(error)) changed.push(...(await onRefused(only, error)));
      }
    }
    return changed;
  }

  async function onRefused(id: RecordId, error: unknown): Promise<RecordId[]> {
    const reason = error instanceof Error ? error.message : String(error);
    if (/index .*already contains/i.test(reason)) return await write(REFUSE_RERUN, [id], { error: KEY_TAKEN });
    refused.add(String(id));
    const [oldest] = refused;
    if (refused.size > MAX_REFUSED && oldest !== undefined) refused.delete(oldest);
    const message =
      'the request of a job cannot be done: the row does not fit its schema; repair it, then restart the runner';
    logger.error({ job: String(id), reason }, message);
    return [];
  }

  /** Reads each list once, acts on it, and returns the lists that continue. */
  async function step(lists: readonly RequestList[]): Promise<RequestList[]> {
    const answer: unknown = await connection.query(readRequests(table, lists), { limit: BATCH });
    const found = lists.map((_, n) => rowsIn(Array.isArray(answer) ? answer[n] : undefined));
    const rows = lists.flatMap(({ request, partition }, n) => {
      // The partition may have been given up meanwhile.
      if (!partitions().has(partition)) return [];
      const known = (found[n] ?? []).filter(({ id }) => !refused.has(String(id)));
      return known.map(({ id, status }) => ({ id, action: decideRequest(status, request, isHere(String(id))) }));
    });
    const done = await act(Map.groupBy(rows, ({ action }) => action));
    return lists.flatMap((list, n): RequestList[] => {
      const { length } = found[n] ?? [];
      if (length < BATCH) return [];
      const gone = (found[n] ?? []).filter(({ id }) => done.has(String(id))).length;
      return [{ ...list, start: list.start + length - gone, done: list.done + gone }];
    });
  }

  /** Returns the ids of the rows whose requests are done and cleared. */
  async function act(groups: ReadonlyMap<RequestAction, readonly { id: RecordId }[]>): Promise<Set<string>> {
    const idsOf = (action: RequestAction): RecordId[] => (groups.get(action) ?? []).map(({ id }) => id);
    for (const id of idsOf('abort')) cancel(String(id));
    // A read that was sent before may still return them.
    const release = withhold(idsOf('cancel-pending'));
    const changed = [
      await write(CANCEL_PENDING, idsOf('cancel-pending'), { error: CANCELLED }).finally(release),
      await write(CLEAR_REQUEST, idsOf('clear')),
      await write(rerun(table), idsOf('rerun')),
      await write(DUE_NOW, idsOf('due-now')),
    ];
    if (groups.has('rerun') || groups.has('due-now')) onDue();
    return new Set(changed.flat().map(String));
  }

  return async () => {
    const ids = handedOver();
    if (ids.length > 0) for (const id of idsIn(await connection.query(READ_CANCELS, { ids }))) cancel(String(id));
    let lists = (['cancel', 'retry'] as const).flatMap((request) =>
      [...partitions()].map((partition): RequestList => ({ request, partition, start: 0, done: 0 })),
    );
    let hasMore = false;
    while (lists.length > 0) {
      const all = (await step(lists)).filter(({ partition }) => partitions().has(partition));
      lists = all.filter(({ done }) => done < MAX_DONE);
      hasMore ||= lists.length < all.length;
    }
    return hasMore;
  };
}

function idsIn(result: unknown): RecordId[] {
  return Array.isArray(result) ? result.filter((id) => id instanceof RecordId) : [];
}

function rowsIn(result: unknown): { readonly id: RecordId; readonly status: unknown }[] {
  return (Array.isArray(result) ? result : []).flatMap((row) => {
    const [id, status] = Array.isArray(row) ? row : [];
    return id instanceof RecordId ? [{ id, status }] : [];
  });
}
