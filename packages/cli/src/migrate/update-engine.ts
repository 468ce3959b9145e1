import type { SpookyConfig } from '@spookify/config';
import { installOwnership } from '@spookify/runner/ownership';
import { installSchedules } from '@spookify/runner/schedules';
import type { Queries } from '@spookify/surreal-link';
import { updateGateway } from './update-gateway.ts';
import { updateOutboxes } from './update-outboxes.ts';

/**
 * Adds everything that the engine needs to the database beside the schema's own tables: those of
 * schedules and of runners, and what gateways need. Brings job tables of an earlier version to this one.
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
