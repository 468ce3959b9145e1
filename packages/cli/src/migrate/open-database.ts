import { startServer } from '@spookify/embedded-surreal';
import type { Queries } from '@spookify/surreal-link';
import { findDatabaseUrl } from '../database-url.ts';
import { CliError } from '../errors.ts';
import { withOwner } from '../owner-connection.ts';
import type { Project } from '../project.ts';

/**
 * Runs `work` on the configured database, as its owner. Connects to SPOOKY_DATABASE_URL, else to the external endpoint, else to the
 * database of a running `spooky dev`. Without these, it opens the data folder until the work is done.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_SECRET`, `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export async function withDatabase<T>(project: Project, work: (database: Queries) => Promise<T>): Promise<T> {
  const { surrealdb } = project.config;
  const { namespace, database } = surrealdb;
  if (surrealdb.hosting === 'external') {
    const { username, password, endpoint } = surrealdb;
    if (username === undefined || password === undefined) {
      throw new CliError(
        'SPOOKY_CLI_MISSING_SECRET',
        'surrealdb.username and surrealdb.password are not set; set them to the owner of the database.',
      );
    }
    const url = (await findDatabaseUrl(project)) ?? endpoint;
    return withOwner({ url, namespace, database, username, password: password.reveal() }, work);
  }

  const { SURREAL_USER: username = 'root', SURREAL_PASS: password } = project.env;
  if (!password) {
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      'SURREAL_PASS is not set; put the password of the database owner into .env, or run spooky dev, which generates one.',
    );
  }
  const url = await findDatabaseUrl(project);
  if (url) return withOwner({ url, namespace, database, username, password }, work);

  if (surrealdb.path === 'memory') {
    throw new CliError(
      'SPOOKY_CLI_DATABASE_UNREACHABLE',
      'surrealdb.path is memory and no spooky dev is running; start it, or set SPOOKY_DATABASE_URL.',
    );
  }
  const server = await startServer({
    storage: { type: 'rocksdb', path: surrealdb.path },
    root: { username, password },
    // No limit: a migration of much data may take long, and there is no other client that has to wait.
    queryTimeoutMs: 0,
  });
  try {
    return await withOwner({ url: server.url, namespace, database, username, password }, work);
  } finally {
    await server.close();
  }
}
