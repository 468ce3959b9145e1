import type { Queries } from '@spookify/surreal-link';
import { CHANGE_TABLE } from './names.ts';

/**
 * Makes every gateway read the schema and all of its views again. To be called after a change that fires no events: of
 * the schema, or an import.
 */
export async function announceReset(queries: Queries): Promise<void> {
  await queries.query(`CREATE ${CHANGE_TABLE}:ulid() SET r = [], reset = true RETURN NONE`);
}
