/** Applies an edit. Everything is checked first, so that a mistake changes nothing that runs. */
import { CliError } from '../../errors.ts';
import { readSchemaFiles } from '../../migrate/schema-files.ts';
import { asFailure } from '../../output/failure.ts';
import type { Reload } from '../../output/reporter.ts';
import type { DevOptions } from '../options.ts';
import { wantedPorts } from '../plan/placement.ts';
import { GATEWAY, RUNNER } from '../plan/plan.ts';
import { openDevProject, planProject } from '../plan/plan-project.ts';
import { launchCommand, launchGateway, launchRunner, stopNamed } from '../run/launch.ts';
import { checkAndWriteTypes, migrateStack } from '../run/schema-step.ts';
import type { Stack } from '../run/stack.ts';
import { type Changes, changesBetween, sameDatabase } from './changes.ts';
import { movePorts } from './move-ports.ts';

export interface Prepared {
  readonly stack: Stack;
  readonly changes: Changes;
  readonly report: Omit<Reload, 'files' | 'corrected'>;
}

/**
 * Loads the project again, checks all of it, applies its schema and writes its types. Does not start or stop any process.
 *
 * @param edited the files that differ from those that `running` was built from
 * @throws ConfigError, CliError. Nothing has changed then. If the types could not be written, the schema may have been applied.
 */
export async function prepareReload(running: Stack, options: DevOptions, edited: readonly string[]): Promise<Prepared> {
  const { project, made } = await openDevProject(options);
  const { config } = project;
  const ports = await movePorts(running.ports, wantedPorts(running.project.config), wantedPorts(config));
  try {
    const { placement, plan } = await planProject(project, ports, options);
    if (config.surrealdb.hosting !== running.project.config.surrealdb.hosting || !sameDatabase(running.plan, plan)) {
      throw new CliError(
        'SPOOKY_CLI_NEEDS_NEW_START',
        'surrealdb now names another database or owner; restart spooky dev to use it.',
      );
    }
    const stack = { ...running, project, placement, plan, ports };
    const files = await readSchemaFiles(config);
    const written = await checkAndWriteTypes(project);
    const { applied, users, waiting } = await migrateStack(stack, files, { schemaOnly: true });
    const changes = changesBetween(running.plan, plan, edited);
    return { stack, changes, report: { made, applied, users, waiting, written, ...changes } };
  } catch (error) {
    if (ports !== running.ports) await ports.releaseAll();
    throw error;
  }
}

/**
 * Stops, restarts and starts processes. Does not wait until they are ready, because that may take another edit, such as the handler
 * after the spec. Reports the processes that do not start.
 */
export async function applyReload({ stack, changes }: Prepared): Promise<void> {
  const { plan, supervisor, cleanups, reporter } = stack;
  const stop = async (name: string) => {
    await stopNamed(supervisor, name);
    await cleanups.release(name);
  };
  await Promise.all(changes.stop.map(stop));
  const launched = new Set([...changes.restart, ...changes.start]);
  const commands = plan.commands.filter(({ name }) => launched.has(name));
  const report = (error: unknown) => {
    if (!isStopped(error)) reporter.note('error', asFailure(error).message);
  };
  const launches = [
    ...(launched.has(RUNNER) ? [launchRunner(stack)] : []),
    ...(launched.has(GATEWAY) ? [launchGateway(stack)] : []),
    // No time limit, because the process may need the next edit to become ready.
    ...commands.map((command) => launchCommand(stack, command, 0)),
  ];
  await Promise.all(
    launches.map((launch) =>
      launch.then(({ ready }) => {
        ready.catch(report);
      }, report),
    ),
  );
}

/** Whether the next edit, or the end of `spooky dev`, stopped the process before it was ready. */
function isStopped(error: unknown): boolean {
  const { code } = asFailure(error);
  return /^SPOOKY_SUPERVISOR_(CLOSED|START_(STOPPED|REPLACED))$/.test(code);
}
