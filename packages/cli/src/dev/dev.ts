import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSupervisor } from '@spookify/supervisor';
import { CliError } from '../errors.ts';
import type { Reporter } from '../output/reporter.ts';
import { type ReservedPorts, reserveFreePorts, reservePorts } from '../ports.ts';
import type { Project } from '../project.ts';
import { displayPath } from './display-path.ts';
import { takeBaseline } from './edits/live-edits.ts';
import { runningInstance } from './instance.ts';
import type { DevOptions } from './options.ts';
import { wantedPorts } from './plan/placement.ts';
import { processNames } from './plan/plan.ts';
import { openDevProject, planProject } from './plan/plan-project.ts';
import { runStack } from './run/run-stack.ts';
import { createCleanups } from './stop/cleanups.ts';

/** The folder with the dist/ that contains the entries. */
const PACKAGE_ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs the whole stack until a signal stops it.
 *
 * @returns the exit code: 0 after a graceful stop, 1 if a process did not start or the database failed too often, 128 + n if a
 *   second signal n cut the stop short
 * @throws ConfigError or CliError, before anything has started
 */
export async function runDev(options: DevOptions): Promise<number> {
  const { project, made } = await openDevProject(options);
  const baseline = await takeBaseline(options);
  await refuseSecondInstance(project);

  const wanted = wantedPorts(project.config);
  const ports = await (options.ports === 'free' ? reserveFreePorts(wanted) : reservePorts(wanted));
  try {
    const { placement, plan } = await planProject(project, ports, options);
    const reporter = options.reporter(processNames(plan));
    if (made.length > 0) reporter.note('info', `generated secrets in .env: ${made.join(', ')}`);
    reportMovedPorts(ports, reporter);
    const supervisor = createSupervisor({ root: PACKAGE_ROOT, scope: { type: 'operator' } });
    return await runStack(
      { project, plan, placement, ports, supervisor, cleanups: createCleanups(), reporter },
      baseline,
      options,
    );
  } finally {
    await ports.releaseAll();
  }
}

async function refuseSecondInstance({ config }: Project): Promise<void> {
  const { surrealdb } = config;
  if (surrealdb.hosting !== 'embedded' || surrealdb.path === 'memory') return;
  const other = await runningInstance(config);
  if (other === undefined) return;
  const place = other.urls.web ?? other.urls.database;
  throw new CliError(
    'SPOOKY_CLI_ALREADY_RUNNING',
    `spooky dev already runs on ${displayPath(surrealdb.path)} (process ${other.pid}), at ${place}. Use it, stop it, or give this one another folder: surrealdb.path in ${path.basename(config.file)}.`,
  );
}

function reportMovedPorts({ offset, busy }: ReservedPorts, reporter: Reporter): void {
  if (!offset) return;
  const taken = busy.map(({ name, port }) => `${port} (${name})`).join(', ');
  reporter.note(
    'warn',
    `port ${taken} ${busy.length === 1 ? 'is' : 'are'} in use: all ports of the stack move up by ${offset}`,
  );
}
