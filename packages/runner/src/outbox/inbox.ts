/*
 * The inbox of changes, if the database has one: an event on the table writes an entry for each changed row. A runner
 * writes many rows at once, so it silences the event and writes one entry per batch, which costs the database half as
 * much.
 */
import { escapeIdent } from 'surrealdb';
import type { Connection } from '../connection.ts';

/** The name of the event, and of the table of entries. */
export const CHANGE_TABLE = 'spooky_change';
/** The variable that silences the event in a transaction. */
export const QUIET_VARIABLE = 'spooky_quiet';

/**
 * Whether the table has the event. It may be added or removed at any time. A write based on an old answer is announced
 * twice, or into a table that no gateway reads.
 */
export async function hasChangeEvent(connection: Pick<Connection, 'query'>, table: string): Promise<boolean> {
  const info: unknown = await connection.query(`INFO FOR TABLE ${escapeIdent(table)}`);
  const events: unknown = Object(info).events;
  return typeof events === 'object' && events !== null && CHANGE_TABLE in events;
}
