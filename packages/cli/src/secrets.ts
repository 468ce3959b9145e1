import { randomBytes } from 'node:crypto';
import type { SpookyConfig } from '@spookify/config';

/** The variable that holds the password of a database user: `SPOOKY_MY_API_PASSWORD` for `my-api`. */
export function passwordVariable(user: string): string {
  return `SPOOKY_${inVariable(user)}_PASSWORD`;
}

/** The variable that a new backend's bearer token gets: `MY_API_AUTH_TOKEN` for `my-api`. */
export function tokenVariable(backend: string): string {
  return `${inVariable(backend)}_AUTH_TOKEN`;
}

/** 32 random bytes as text. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

function inVariable(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** The database user of the runner. */
export const RUNNER_USER = 'runner';

/** The database user of the gateways. */
export const GATEWAY_USER = 'gateway';

/** The variable with the secret that all gateways of a database share. They sign the tokens of engine sessions with it. */
export const GATEWAY_KEY = 'SPOOKY_GATEWAY_KEY';

/** The names of a project's service users: the runner, the gateway, and each backend. */
export function serviceUsers(config: SpookyConfig): string[] {
  return [RUNNER_USER, GATEWAY_USER, ...Object.keys(config.backends)];
}

/** The variables of the secrets that the stack needs in addition to those that sp00ky.yml names. */
export function ownSecrets(config: SpookyConfig): string[] {
  const root = config.surrealdb.hosting === 'embedded' ? ['SURREAL_USER', 'SURREAL_PASS'] : [];
  return [...root, ...serviceUsers(config).map(passwordVariable), GATEWAY_KEY];
}
