import { installOwnership } from '@spookify/runner/ownership';
import { installSchedules } from '@spookify/runner/schedules';
import type { Queries } from '@spookify/surreal-link';
import { updateGateway } from './update-gateway.ts';

/**
 * Adds everything that the engine needs to the database beside the schema's own tables: those of
 * schedules and of runners, and what gateways need.
 *
 * @param owner connected as an owner, after the schema files were applied
 */
export async function updateEngine(owner: Queries, tokenKey: string): Promise<void> {
  await installSchedules(owner);
  await installOwnership(owner);
  await updateGateway(owner, tokenKey);
}
