import type { SpookyConfig } from '@spookify/config';

/** The name under which `.env` keeps the password of a database user: `SPOOKY_MY_API_PASSWORD` for `my-api`. */
export function passwordVariable(user: string): string {
  return `SPOOKY_${user.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
}

/** The database user of the runner. */
export const RUNNER_USER = 'runner';

/** The service users that a project has: the runner's, and one for each backend, called like it. */
export function serviceUsers(config: SpookyConfig): string[] {
  return [RUNNER_USER, ...Object.keys(config.backends)];
}

/** The variables that hold the stack's own secrets, besides those that sp00ky.yml names. */
export function ownSecrets(config: SpookyConfig): string[] {
  const root = config.surrealdb.hosting === 'embedded' ? ['SURREAL_USER', 'SURREAL_PASS'] : [];
  return [...root, ...serviceUsers(config).map(passwordVariable)];
}
