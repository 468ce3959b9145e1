import type { Queries } from '@spookify/surreal-link';
import { BATCH_TABLE, GATEWAY_TABLE } from '../install/names.ts';

/**
 * Deletes the rows of gateways that have not reported for `keepMs`, and batches older than `keepMs` that all other
 * gateways have shown. The last batch always stays, because the next batch number follows from it. A gateway that comes
 * back later finds a gap and reads everything again.
 */
export async function trimBatches(queries: Queries, keepMs: number): Promise<void> {
  const keep = `${Math.ceil(keepMs)}ms`;
  const positions = await queries.query<number[]>(`
    DELETE ${GATEWAY_TABLE} WHERE at < time::now() - ${keep} RETURN NONE;
    SELECT VALUE position FROM ${GATEWAY_TABLE}`);
  const lowest = Math.min(...positions);
  if (!Number.isSafeInteger(lowest) || lowest < 1) return;
  await queries.query(`DELETE ${BATCH_TABLE}:[0]..[${lowest}] WHERE at < time::now() - ${keep} RETURN NONE`);
}
