import { urlFault } from '@spookify/config';
import { runningInstance } from './dev/instance.ts';
import { CliError } from './errors.ts';
import type { Project } from './project.ts';

/**
 * Finds the URL of a project's database: SPOOKY_DATABASE_URL, else the external endpoint, else the URL of a running
 * `spooky dev`. Returns undefined if there is none of these.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if the variable is not a URL. Connecting to it would never succeed or fail.
 */
export async function findDatabaseUrl({ config, env }: Project): Promise<string | undefined> {
  const url = env.SPOOKY_DATABASE_URL;
  if (url) {
    const fault = urlFault(url, ['ws:', 'wss:', 'http:', 'https:']);
    if (fault === undefined) return url;
    throw new CliError(
      'SPOOKY_CLI_BAD_ARGUMENT',
      `SPOOKY_DATABASE_URL ${fault}; write for example SPOOKY_DATABASE_URL=wss://db.example.com/rpc.`,
    );
  }
  if (config.surrealdb.hosting === 'external') return config.surrealdb.endpoint;
  return (await runningInstance(config))?.urls.database;
}
