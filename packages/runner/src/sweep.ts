import type { Bindings } from '@spookify/surreal-link';
import { Duration, type RecordId } from 'surrealdb';
import { type Connection, isAway } from './connection.ts';
import type { Logger } from './logger.ts';
import { atNow, FAIL_UNWRITABLE, type Sweep } from './statements.ts';

/** Rows that the database refuses to change, not even to fail them. They are passed over from then on. */
export type Unwritable = Map<string, RecordId>;

/** A duration as the database takes it. */
export function milliseconds(ms: number): Duration {
  return new Duration(`${Math.max(0, Math.round(ms))}ms`);
}

/**
 * Finds rows and changes them, in one statement. A row that breaks its own schema (older than it, or written by hand)
 * would make that fail for all of them; then each is changed by itself, and what cannot be is failed for good.
 */
export async function runSweep(
  connection: Connection,
  { select, selectExcept, update }: Sweep,
  bindings: Bindings,
  unwritable: Unwritable,
  logger: Logger,
): Promise<unknown[]> {
  const find = unwritable.size === 0 ? select : selectExcept;
  const given = typeof bindings === 'function' ? bindings : () => bindings;
  const allOf = (attempt: number) => ({ ...given(attempt), unwritable: [...unwritable.values()] });
  try {
    return rows(await connection.query(atNow(`UPDATE (${find}) ${update}`), allOf));
  } catch (error) {
    if (isAway(error)) throw error;
    logger.warn({ reason: messageOf(error) }, 'a batch cannot be written; trying row by row');
  }
  const changed: unknown[] = [];
  const all = allOf(1);
  for (const id of rows(await connection.query(atNow(find), all))) {
    try {
      const [row] = rows(await connection.query(atNow(`UPDATE $id ${update}`), { ...all, id }));
      if (row !== undefined) changed.push(row);
    } catch (error) {
      if (isAway(error)) throw error;
      await giveUp(connection, id as RecordId, error, unwritable, logger);
    }
  }
  return changed;
}

async function giveUp(
  connection: Connection,
  id: RecordId,
  cause: unknown,
  unwritable: Unwritable,
  logger: Logger,
): Promise<void> {
  const job = String(id);
  const reason = 'The job does not fit the schema of its table, so it cannot be run.';
  try {
    await connection.query(FAIL_UNWRITABLE, { id, error: { attempt: 1, code: 'job_unreadable', reason } });
    logger.error({ job, reason: messageOf(cause) }, 'failed a job that does not fit its schema');
  } catch (error) {
    if (isAway(error)) throw error;
    unwritable.set(job, id);
    logger.error(
      { job, reason: messageOf(error) },
      'a job does not fit its schema and cannot be changed; repair the row, then restart the runner',
    );
  }
}

function rows(result: unknown): unknown[] {
  return Array.isArray(result) ? result : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
