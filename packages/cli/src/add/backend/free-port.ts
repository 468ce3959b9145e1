import type { SpookyConfig } from '@spookify/config';
import { acceptsConnections } from '@spookify/supervisor';
import { addressOf, wantedPorts } from '../../dev/plan/placement.ts';
import { CliError } from '../../errors.ts';

const HOST = '127.0.0.1';
/** Behind that of the demo's backend, so that clones side by side, which move by tens, stay apart. */
const FIRST = 3661;
const LAST = 65_535;

/**
 * The port of a new backend: the wanted one, or the first that no part of the project and no running program has.
 *
 * @throws CliError SPOOKY_CLI_PORT_TAKEN
 */
export async function freePort(config: SpookyConfig, wanted?: number): Promise<number> {
  const owners = new Map(wantedPorts(config).map(({ name, port }) => [port, name]));
  for (const { name, baseUrl } of Object.values(config.backends))
    owners.set(addressOf(baseUrl).port, `backend.${name}`);
  if (wanted !== undefined) {
    const owner = owners.get(wanted);
    const remedy = 'name another one with --port, or leave --port out.';
    if (owner !== undefined) throw taken(`Port ${wanted} is that of ${owner} in this project; ${remedy}`);
    if (await isBusy(wanted)) throw taken(`Port ${wanted} is in use by another program; ${remedy}`);
    return wanted;
  }
  for (let port = FIRST; port <= LAST; port += 1) if (!owners.has(port) && !(await isBusy(port))) return port;
  throw taken(`No port from ${FIRST} to ${LAST} is free; end the programs that use them.`);
}

function isBusy(port: number): Promise<boolean> {
  return acceptsConnections({ host: HOST, port });
}

function taken(message: string): CliError {
  return new CliError('SPOOKY_CLI_PORT_TAKEN', message);
}
