import type { SpookyConfig } from '@spookify/config';
import { installOwnership } from '@spookify/runner/ownership';
import { installSchedules } from '@spookify/runner/schedules';
import type { Queries } from '@spookify/surreal-link';
import { updateGateway } from './update-gateway.ts';
import { updateOutboxes } from './update-outboxes.ts';

/**
 * Adds the tables of the engine (for schedules, runners and gateways) to the database, and updates job tables of an earlier version.
 *
 * @param owner connected as an owner, after the schema files were applied
 */
export async function updateEngine(
  owner: Queries,
  { backends }: Pick<SpookyConfig, 'backends'>,
  tokenKey: string,
): Promise<void> {
  await installSchedules(owner);
  await installOwnership(owner);
  await updateOutboxes(
    owner,
    Object.values(backends).map(({ method }) => method.table),
  );
  await updateGateway(owner, tokenKey);
}
