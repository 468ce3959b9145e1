import { announceReset, GATEWAY_TABLE, installGateway } from '@spookify/gateway/install';
import { CliError } from '../errors.ts';
import { withOwner } from '../owner-connection.ts';
import { importFile } from './import.ts';
import type { Target } from './target.ts';

export interface ImportReport {
  /** The number of statements. */
  readonly statements: number;
  /** Whether new tables still lack the events for gateways, because SPOOKY_GATEWAY_KEY is not set. */
  readonly needsMigrate: boolean;
}

/**
 * Imports a file and updates the gateways of the database, even if some statements failed.
 *
 * @throws the errors of `importFile`
 */
export async function importAndRefresh(target: Target, file: string): Promise<ImportReport> {
  try {
    const statements = await importFile(target, file);
    return { statements, needsMigrate: await refreshGateways(target) };
  } catch (error) {
    if (error instanceof CliError && error.code === 'SPOOKY_CLI_TRANSFER_FAILED') await refreshGateways(target);
    throw error;
  }
}

/** Defines the events of new tables, and makes running gateways read schema and views again. An import fires no events itself. */
function refreshGateways({ connection, tokenKey }: Target): Promise<boolean> {
  return withOwner(connection, async (owner) => {
    const [info] = await owner.queryAll<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
    // `spooky db migrate` has not run yet, so no gateway can use this database.
    if (!info.tables.some(({ name }) => name === GATEWAY_TABLE)) return false;
    if (tokenKey !== undefined) await installGateway(owner, tokenKey);
    await announceReset(owner);
    return tokenKey === undefined;
  });
}
