import type { Queries } from '@spookify/surreal-link';
import { CHANGE_TABLE } from './names.ts';

/**
 * Makes every gateway read the schema and all its views again. Call it after a change that fires no events: a change of
 * the schema, or an import.
 *
 * @param queries connected as a user that may write to all tables
 * @throws ServerError or LinkError if the database refuses the statement or does not answer
 */
export async function announceReset(queries: Queries): Promise<void> {
  await queries.query(`CREATE ${CHANGE_TABLE}:ulid() SET r = [], reset = true RETURN NONE`);
}
