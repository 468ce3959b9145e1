import type { RecordId } from 'surrealdb';
import { type Connection, isAway } from './connection.ts';

/**
 * Writes rows in one statement. When the database refuses that, each is written by itself, so that one row does not
 * stand in the way of the others; `onRefused` is told of each that cannot be. Gives what was written.
 *
 * @param statement an UPDATE of `$ids`
 */
export async function writeEach(
  connection: Connection,
  statement: string,
  ids: readonly RecordId[],
  bindings: Record<string, unknown>,
  onRefused: (id: RecordId, error: unknown) => Promise<void>,
): Promise<unknown[]> {
  try {
    const written = await connection.query(statement, { ...bindings, ids });
    return Array.isArray(written) ? written : [];
  } catch (error) {
    if (isAway(error)) throw error;
    const [only] = ids;
    if (only === undefined) return [];
    if (ids.length === 1) {
      await onRefused(only, error);
      return [];
    }
  }
  const written: unknown[] = [];
  for (const id of ids) written.push(...(await writeEach(connection, statement, [id], bindings, onRefused)));
  return written;
}
