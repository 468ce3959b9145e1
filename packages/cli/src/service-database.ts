import { findDatabaseUrl } from './database-url.ts';
import { CliError } from './errors.ts';
import type { Project } from './project.ts';
import { GATEWAY_USER, passwordVariable, RUNNER_USER } from './secrets.ts';

export interface ServiceDatabase {
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/**
 * How the runner connects to the database. The URL is SPOOKY_DATABASE_URL, else the external endpoint, else that of a running
 * `spooky dev`. The user is SPOOKY_DATABASE_USER with SPOOKY_DATABASE_PASSWORD, else `runner` with SPOOKY_RUNNER_PASSWORD.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_SECRET` without a password, `SPOOKY_CLI_DATABASE_UNREACHABLE` without a URL
 */
export function runnerDatabase(project: Project): Promise<ServiceDatabase> {
  return serviceDatabase(project, RUNNER_USER);
}

/** How a gateway connects to the database: like the runner, with the user `gateway` and SPOOKY_GATEWAY_PASSWORD. */
export function gatewayDatabase(project: Project): Promise<ServiceDatabase> {
  return serviceDatabase(project, GATEWAY_USER);
}

async function serviceDatabase(project: Project, user: string): Promise<ServiceDatabase> {
  const { env } = project;
  const { surrealdb } = project.config;
  const url = await findDatabaseUrl(project);
  if (!url) {
    throw new CliError(
      'SPOOKY_CLI_DATABASE_UNREACHABLE',
      'No spooky dev is running on this data; start it, or set SPOOKY_DATABASE_URL to the database to use.',
    );
  }
  const password = env.SPOOKY_DATABASE_PASSWORD || env[passwordVariable(user)];
  if (!password) {
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      `${passwordVariable(user)} is not set; set it to the password with which spooky db migrate created the user ${user}.`,
    );
  }
  return {
    url,
    namespace: surrealdb.namespace,
    database: surrealdb.database,
    username: env.SPOOKY_DATABASE_USER || user,
    password,
  };
}
