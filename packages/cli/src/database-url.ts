import { urlFault } from '@spookify/config';
import { runningInstance } from './dev/instance.ts';
import { CliError } from './errors.ts';
import type { Project } from './project.ts';

/**
 * Where the database of a project answers: SPOOKY_DATABASE_URL, else the external endpoint, else that of a running
 * `spooky dev`; undefined when nobody serves it.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` when the variable is no address: it would be waited for without end
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
