import { type RunnerSchedule, runnerSchedules } from '@spookify/runner/schedules';
import type { Queries } from '@spookify/surreal-link';
import { withConnection } from '../connection.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';

/** The schedules of sp00ky.yml, and the database that has their state. */
export interface Schedules {
  readonly database: Queries;
  readonly schedules: readonly RunnerSchedule[];
}

/** Runs `work` with the schedules of a project, on a connection as the runner's user. */
export async function withSchedules<T>(project: Project, work: (given: Schedules) => Promise<T>): Promise<T> {
  const schedules = runnerSchedules(project.config);
  const remedy = 'run spooky db migrate, which makes that user.';
  return withConnection({ ...(await runnerDatabase(project)), remedy }, (database) => work({ database, schedules }));
}
