import type { Queries } from '@spookify/surreal-link';
import { withConnection } from '../connection.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';

/** The job table of one backend. */
export interface Outbox {
  readonly backend: string;
  readonly table: string;
}

/** Runs `work` with the outboxes of a project, on a connection as the runner's user, who may read and change every job. */
export async function withJobs<T>(
  project: Project,
  work: (database: Queries, outboxes: readonly Outbox[]) => Promise<T>,
): Promise<T> {
  const outboxes = Object.values(project.config.backends).map(({ name, method }) => ({
    backend: name,
    table: method.table,
  }));
  const remedy = 'run spooky db migrate, which makes that user.';
  return withConnection({ ...(await runnerDatabase(project)), remedy }, (database) => work(database, outboxes));
}
