import type { Surreal } from 'surrealdb';
import { withConnection } from '../connection.ts';
import { CliError } from '../errors.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';

/** One backend's table of jobs. */
export interface Outbox {
  readonly backend: string;
  readonly table: string;
}

/** Runs `work` on the database as the runner's user, who may read and steer every job; hands it the outboxes. */
export async function withJobs<T>(
  project: Project,
  work: (database: Surreal, outboxes: readonly Outbox[]) => Promise<T>,
): Promise<T> {
  const { url, namespace, database, username, password } = await runnerDatabase(project);
  return withConnection(url, async (surreal) => {
    try {
      await surreal.signin({ namespace, database, username, password });
    } catch (cause) {
      const message = `The database at ${url} does not let ${username} in; run spooky db migrate, which makes that user.`;
      throw new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', message, { cause });
    }
    return work(
      surreal,
      Object.values(project.config.backends).map(({ name, method }) => ({ backend: name, table: method.table })),
    );
  });
}
