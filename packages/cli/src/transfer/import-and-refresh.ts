import { announceReset, GATEWAY_TABLE, installGateway } from '@spookify/gateway/install';
import { CliError } from '../errors.ts';
import { withOwner } from '../owner-connection.ts';
import { importFile } from './import.ts';
import type { Target } from './target.ts';

export interface ImportReport {
  /** How many statements there were. */
  readonly statements: number;
  /** Whether new tables have no events for the gateways yet, because their key is not set here. */
  readonly needsMigrate: boolean;
}

/**
 * Imports a file, and brings the gateways of the database up to date, also when some statements have failed.
 *
 * @throws CliError as `importFile` does
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

/** An import fires no events: imported tables get theirs, and running gateways read schema and views again. */
function refreshGateways({ connection, tokenKey }: Target): Promise<boolean> {
  return withOwner(connection, async (owner) => {
    const [info] = await owner.queryAll<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
    // No gateway has used this database yet; `spooky db migrate` comes first.
    if (!info.tables.some(({ name }) => name === GATEWAY_TABLE)) return false;
    if (tokenKey !== undefined) await installGateway(owner, tokenKey);
    await announceReset(owner);
    return tokenKey === undefined;
  });
}
