import type { SpookyConfig } from '@spookify/config';
import type { GatewayOptions } from '@spookify/gateway';
import { CliError } from './errors.ts';
import type { Environment } from './project.ts';
import { GATEWAY_KEY } from './secrets.ts';

/** The backends of sp00ky.yml in the form of the gateway's options: their job tables, and the routes whose schemas check payloads. */
export function gatewayBackends(config: SpookyConfig): GatewayOptions['backends'] {
  return Object.values(config.backends).map(({ name, method, routes }) => ({ name, table: method.table, routes }));
}

/** The part of the cookie's name that identifies the project. It is needed because all ports of localhost share cookies. */
export function projectName({ surrealdb: { namespace, database } }: SpookyConfig): string {
  return `${namespace}-${database}`.replaceAll(/[^\w-]/g, '-');
}

/**
 * Reads the secret that all gateways of a database share.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_SECRET` if SPOOKY_GATEWAY_KEY is not set or has the wrong form
 */
export function readTokenKey(env: Environment): string {
  const key = env[GATEWAY_KEY];
  if (!key) {
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      `${GATEWAY_KEY} is not set; put it into .env, the same for spooky db migrate and every gateway, or run spooky dev, which generates one.`,
    );
  }
  if (/^[\w-]{32,}$/.test(key)) return key;
  throw new CliError(
    'SPOOKY_CLI_MISSING_SECRET',
    `${GATEWAY_KEY} has the wrong form; it must be 32 or more letters, digits, - or _. Generate one with openssl rand -hex 32.`,
  );
}
