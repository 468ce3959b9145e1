import { announceReset, installGateway } from '@spookify/gateway/install';
import type { Queries } from '@spookify/surreal-link';

/**
 * Adds what gateways need to the database, by the schema as it is now, and makes running ones read schema and views again.
 * The access keeps its key as long as `tokenKey` is the same, so sessions go on.
 *
 * @param owner connected as an owner, after the schema files were applied
 */
export async function updateGateway(owner: Queries, tokenKey: string): Promise<void> {
  await installGateway(owner, tokenKey);
  await announceReset(owner);
}
