import { escapeIdent, type RecordId } from 'surrealdb';
import { type Connection, isAway } from './connection.ts';
import type { Logger } from './logger.ts';

/** More than any table ever had. */
const MOST = 100;

/** What every outbox has. When its table does not define one of these, it is the table that is wrong, not the row. */
const CONTRACT: ReadonlySet<string> = new Set([
  ...['id', 'assigned_to', 'path', 'payload', 'max_retries', 'retry_strategy', 'timeout', 'unique_key', 'request'],
  ...['created_by', 'created_at', 'updated_at', 'status', 'run_at', 'retries', 'reruns', 'rescues', 'errors', 'result'],
  ...['progress', 'active_key', 'token', 'runner', 'lease_until'],
]);

/**
 * Takes those fields out of a row that its table no longer defines: after a field was removed from the schema, the
 * database refuses every change of the rows that still have it, and names one such field at a time.
 *
 * @param refusal what the database said to a change of the row
 * @returns whether there were any, and they are gone now; otherwise the row is as it was
 */
export async function dropLeftovers(
  connection: Connection,
  id: RecordId,
  refusal: unknown,
  logger: Logger,
): Promise<boolean> {
  const fields = new Set<string>();
  for (let error = refusal; fields.size < MOST; ) {
    const field = unknownField(error);
    if (field === undefined || fields.has(field)) return false;
    fields.add(field);
    const names = [...fields].map(escapeIdent);
    try {
      await connection.query(`UPDATE $id UNSET ${names.join(', ')} RETURN NONE`, { id });
      logger.warn({ job: String(id), fields: [...fields] }, 'took fields out of a job that its table no longer has');
      return true;
    } catch (next) {
      if (isAway(next)) throw next;
      error = next;
    }
  }
  return false;
}

function unknownField(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const field = /Found field '`?([^'`]+)`?', but no such field exists/.exec(error.message)?.[1];
  // Something in a field (`timeout.a`) makes that one wrong; it is not another.
  return field === undefined || field.includes('.') || CONTRACT.has(field) ? undefined : field;
}
