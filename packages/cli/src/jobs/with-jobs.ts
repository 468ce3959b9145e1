import { Surreal } from 'surrealdb';
import { CliError } from '../errors.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';

/** Runs `work` on the database as the runner's user, who may read and steer every job; hands it the outbox tables. */
export async function withJobs<T>(
  project: Project,
  work: (database: Surreal, tables: readonly string[]) => Promise<T>,
): Promise<T> {
  const { url, namespace, database, username, password } = await runnerDatabase(project);
  const surreal = new Surreal();
  try {
    try {
      await surreal.connect(url, { reconnect: false });
      await surreal.signin({ namespace, database, username, password });
    } catch (cause) {
      const message = `The database at ${url} does not answer, or does not let ${username} in; is spooky dev running?`;
      throw new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', message, { cause });
    }
    return await work(
      surreal,
      Object.values(project.config.backends).map(({ method }) => method.table),
    );
  } finally {
    await surreal.close();
  }
}
