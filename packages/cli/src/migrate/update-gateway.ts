import { announceReset, installGateway } from '@spookify/gateway/install';
import type { Queries } from '@spookify/surreal-link';

/**
 * Adds the gateways' tables, access and events for the current schema, and makes running gateways read schema and views again.
 * Sessions stay valid if `tokenKey` is the same as before.
 *
 * @param owner connected as an owner, after the schema files were applied
 */
export async function updateGateway(owner: Queries, tokenKey: string): Promise<void> {
  await installGateway(owner, tokenKey);
  await announceReset(owner);
}
