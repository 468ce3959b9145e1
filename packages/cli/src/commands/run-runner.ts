import { createRunner, runnerBackends, runnerHttp, runnerSchedules } from '@spookify/runner';
import type { Logger } from 'pino';
import { logLevelOf } from '../log-level.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';

/**
 * Runs a job runner in the foreground, as in production.
 *
 * @returns the exit code once a signal has stopped it: 0, as its attempts have ended
 */
export async function runRunner(project: Project, logger: Logger): Promise<number> {
  logger.level = logLevelOf(project.env);
  const http = runnerHttp(project.config);
  const runner = createRunner({
    database: await runnerDatabase(project),
    backends: runnerBackends(project.config),
    schedules: runnerSchedules(project.config),
    ...(http && { http }),
    logger,
  });
  const stopped = Promise.withResolvers<void>();
  const detach = onStopSignals({ first: () => stopped.resolve(), again: (signal) => process.exit(exitCodeOf(signal)) });
  try {
    await Promise.race([runner.start(), stopped.promise]);
    await stopped.promise;
  } finally {
    await runner.stop();
    detach();
  }
  return 0;
}
