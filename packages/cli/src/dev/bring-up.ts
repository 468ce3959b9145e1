import type { SpookyConfig } from '@spookify/config';
import type { RestartPolicy, Supervisor } from '@spookify/supervisor';
import { CliError } from '../errors.ts';
import { migrate } from '../migrate/migrate.ts';
import { withDatabase } from '../migrate/open-database.ts';
import { readSchemaFiles } from '../migrate/schema-files.ts';
import { configuredUsers } from '../migrate/service-users.ts';
import type { Reporter } from '../output/reporter.ts';
import type { HeldPorts } from '../ports.ts';
import type { Project } from '../project.ts';
import type { Command } from './dev-command.ts';
import { displayPath } from './display-path.ts';
import type { Placement } from './placement.ts';
import { DATABASE, type Plan, type PlannedCommand, RUNNER } from './plan.ts';

/** Patient with someone who is editing; still giving up on what never comes back. */
const RESTART = { maxRestarts: 20, windowMs: 120_000, backoff: { initialMs: 250, maxMs: 5000 } };
/** Neither may end by itself: also a clean end is a failure. */
const ALWAYS: RestartPolicy = { when: 'always', ...RESTART };
const ON_FAILURE: RestartPolicy = { when: 'on-failure', ...RESTART };

/** A database may have a long log to replay, a dev server everything to compile. */
const STARTUP_TIMEOUT_MS = 60_000;
/** The runner lets attempts under way finish. */
const RUNNER_STOP_TIMEOUT_MS = 8000;

export interface Stack {
  readonly project: Project;
  readonly plan: Plan;
  readonly placement: Placement;
  readonly ports: HeldPorts;
  readonly supervisor: Supervisor;
  readonly reporter: Reporter;
}

/** Starts everything in its order, each part once what it needs really answers; resolves when all of it does. */
export async function bringUp(stack: Stack): Promise<void> {
  const { plan, ports, supervisor } = stack;
  if (plan.database !== undefined) {
    await ports.release('database');
    await supervisor.spawn({
      entry: 'dist/processes/database.js',
      kind: DATABASE,
      key: DATABASE,
      payload: plan.database,
      startupTimeoutMs: STARTUP_TIMEOUT_MS,
      restart: ALWAYS,
    });
  }
  // Types come from the schema files alone: no need to wait for the database.
  await Promise.all([applySchema(stack), refreshTypes(stack.project.config, stack.reporter)]);
  await Promise.all([startRunner(stack), ...plan.commands.map((planned) => startCommand(stack, planned))]);
}

/** Applies what has changed in the schema since the last start. */
export async function applySchema({ project, placement, reporter }: Stack): Promise<void> {
  const files = await readSchemaFiles(project.config);
  const env = { ...project.env, SPOOKY_DATABASE_URL: placement.database };
  const { applied, users } = await withDatabase({ ...project, env }, (database) =>
    migrate(database, files, configuredUsers(project)),
  );
  if (applied.length > 0) reporter.note('info', `schema: applied ${applied.join(', ')}`);
  if (users.length > 0) reporter.note('info', `schema: made the database users ${users.join(', ')}`);
}

async function refreshTypes(config: SpookyConfig, reporter: Reporter): Promise<void> {
  if (config.clientTypes.length === 0) return;
  // Imported only now: the database starts before the generator and its engine are loaded.
  const { runGenerate } = await import('../generate/generate.ts');
  for (const { file, state } of await runGenerate(config)) {
    if (state !== 'written') continue;
    reporter.note('warn', `types: ${displayPath(file)} was out of date and has been generated anew`);
  }
}

async function startRunner({ plan, ports, supervisor }: Stack): Promise<void> {
  await ports.release('runner');
  await supervisor.spawn({
    entry: 'dist/processes/runner.js',
    kind: RUNNER,
    key: RUNNER,
    payload: plan.runner,
    startupTimeoutMs: STARTUP_TIMEOUT_MS,
    stopTimeoutMs: RUNNER_STOP_TIMEOUT_MS,
    restart: ALWAYS,
  });
}

async function startCommand(
  { supervisor, ports }: Stack,
  { name, port, command, ready }: PlannedCommand,
): Promise<void> {
  const { program, args, cwd, env, before } = command;
  for (const step of before) await runToEnd(supervisor, name, step);
  await ports.release(port);
  await supervisor.spawnCommand({
    ...{ kind: name, key: name, command: program, args, cwd, env, ready },
    startupTimeoutMs: STARTUP_TIMEOUT_MS,
    restart: ON_FAILURE,
  });
}

/** Runs a preparing program, such as `docker build`, under the name of what it prepares. */
async function runToEnd(supervisor: Supervisor, name: string, step: Command['before'][number]): Promise<void> {
  const { program, args, cwd, env, mayFail } = step;
  const kind = `${name}.prepare`;
  const { promise, resolve } = Promise.withResolvers<string>();
  const stopWatching = supervisor.onLifecycle((event) => {
    if (event.kind === kind && event.exit !== undefined) resolve(event.state);
  });
  try {
    await supervisor.spawnCommand({ kind, key: name, command: program, args, cwd, env });
    if ((await promise) === 'completed' || mayFail) return;
    throw new CliError('SPOOKY_CLI_START_FAILED', `${name}: ${program} ${args[0]} failed; its output above says why.`);
  } finally {
    stopWatching();
  }
}
