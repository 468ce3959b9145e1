/*
 * The inbox of changes, where the database has one: an event on the table makes an entry for each row that is written. A runner writes
 * many rows at once, so it silences the event and makes one entry for a batch, which costs the database half as much.
 */
import { escapeIdent } from 'surrealdb';
import type { Connection } from '../connection.ts';

/** The event, and the table of entries. */
export const CHANGE_TABLE = 'spooky_change';
/** Silences the event in a transaction. */
export const QUIET_VARIABLE = 'spooky_quiet';

/** Whether the table has the event. It may be added or removed at any time: what is written by an old answer is announced twice, or for nobody. */
export async function hasChangeEvent(connection: Pick<Connection, 'query'>, table: string): Promise<boolean> {
  const info: unknown = await connection.query(`INFO FOR TABLE ${escapeIdent(table)}`);
  const events: unknown = Object(info).events;
  return typeof events === 'object' && events !== null && CHANGE_TABLE in events;
}
