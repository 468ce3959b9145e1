import { runningInstance } from './dev/instance.ts';
import { CliError } from './errors.ts';
import type { Project } from './project.ts';
import { passwordVariable, RUNNER_USER } from './secrets.ts';

export interface ServiceDatabase {
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** The address at which `spooky dev` puts the embedded database, unless it has to move. */
const USUAL_URL = 'ws://127.0.0.1:3666/rpc';

/**
 * How the runner reaches the database: SPOOKY_DATABASE_URL, the external endpoint, or that of a running `spooky dev`; as
 * SPOOKY_DATABASE_USER with SPOOKY_DATABASE_PASSWORD, or as `runner` with SPOOKY_RUNNER_PASSWORD.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_SECRET`
 */
export async function runnerDatabase({ config, env }: Project): Promise<ServiceDatabase> {
  const { surrealdb } = config;
  const password = env.SPOOKY_DATABASE_PASSWORD || env[passwordVariable(RUNNER_USER)];
  if (!password) {
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      `${passwordVariable(RUNNER_USER)} is not set; give the runner the password that spooky db migrate gave its database user.`,
    );
  }
  const configured =
    surrealdb.hosting === 'external' ? surrealdb.endpoint : (await runningInstance(config))?.urls.database;
  return {
    url: env.SPOOKY_DATABASE_URL || configured || USUAL_URL,
    namespace: env.SPOOKY_NAMESPACE || surrealdb.namespace,
    database: env.SPOOKY_DATABASE || surrealdb.database,
    username: env.SPOOKY_DATABASE_USER || RUNNER_USER,
    password,
  };
}
