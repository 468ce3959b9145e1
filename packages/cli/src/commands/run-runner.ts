import { createRunner, runnerBackends, runnerHttp, runnerSchedules } from '@spookify/runner';
import type { Logger } from 'pino';
import { logLevelOf } from '../log-level.ts';
import type { Project } from '../project.ts';
import { runnerDatabase } from '../service-database.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';

/**
 * Runs a job runner in the foreground, as in production, until a signal stops it. Running attempts may finish.
 *
 * @returns the exit code: 0
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`, `SPOOKY_CLI_MISSING_SECRET` or `SPOOKY_CLI_DATABASE_UNREACHABLE`
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
