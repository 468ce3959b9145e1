/** How `spooky dev` starts each process. A running process with the same name is replaced. */
import type { RestartPolicy, Supervisor } from '@spookify/supervisor';
import { CliError } from '../../errors.ts';
import type { Program } from '../plan/dev-command.ts';
import { DATABASE, GATEWAY, type PlannedCommand, preparationOf, RUNNER } from '../plan/plan.ts';
import type { Stack } from './stack.ts';

/** Allows for the crashes of code that is being edited, but gives up on a process that never starts. */
const RESTART = { maxRestarts: 20, windowMs: 120_000, backoff: { initialMs: 250, maxMs: 5000 } };
/** For processes that must never end by themselves. Exit code 0 counts as a failure too. */
const ALWAYS: RestartPolicy = { when: 'always', ...RESTART };
const ON_FAILURE: RestartPolicy = { when: 'on-failure', ...RESTART };

/**
 * How long the database's engine may not answer before it is restarted. The engine does everything on one thread. The longest
 * measured wait for an answer was 2.4 s, during an update of 100,000 rows. An index over them took 0.7 s, an import of 20 MB 1.2 s.
 */
const DATABASE_SILENCE_MS = 15_000;

/** For the processes of the stack itself. A database may have to replay a long log. */
const STARTUP = {
  startupTimeoutMs: 60_000,
  // There is no setting for these processes. What keeps one of them waiting is in its output.
  startupAdvice: 'its last lines above say what it waits for; then start again',
};
/** The runner lets running attempts finish. */
const RUNNER_STOP_TIMEOUT_MS = 8000;

/** A process that has been started. */
export interface Launched {
  /** Resolves when the process is ready, at its first start or a restart. Rejects when it has failed for good. */
  readonly ready: Promise<unknown>;
}

/** Starts the embedded database and waits until it is ready. Does nothing if the database is external. */
export async function launchDatabase({ plan, ports, supervisor }: Stack): Promise<void> {
  if (plan.database === undefined) return;
  await ports.release('database');
  await supervisor.spawn({
    entry: 'dist/processes/database.js',
    kind: DATABASE,
    key: DATABASE,
    payload: plan.database,
    env: passedOn(),
    ...STARTUP,
    heartbeatTimeoutMs: DATABASE_SILENCE_MS,
    restart: ALWAYS,
  });
}

export async function launchRunner({ plan, ports, supervisor }: Stack): Promise<Launched> {
  await ports.release('runner');
  const ready = supervisor.spawn({
    entry: 'dist/processes/runner.js',
    kind: RUNNER,
    key: RUNNER,
    payload: plan.runner,
    env: passedOn(),
    ...STARTUP,
    stopTimeoutMs: RUNNER_STOP_TIMEOUT_MS,
    replaceExisting: true,
    restart: ALWAYS,
  });
  return { ready };
}

export async function launchGateway({ plan, ports, supervisor }: Stack): Promise<Launched> {
  await Promise.all([ports.release('gateway'), ports.release('gateway.status')]);
  const ready = supervisor.spawn({
    entry: 'dist/processes/gateway.js',
    kind: GATEWAY,
    key: GATEWAY,
    payload: plan.gateway,
    env: passedOn(),
    ...STARTUP,
    replaceExisting: true,
    restart: ALWAYS,
  });
  return { ready };
}

/**
 * Runs the preparation of a command, such as `docker build`, then starts it. Resolves when it has started, ready or not.
 *
 * @param startupTimeoutMs how long it may take to become ready, in milliseconds; 0 for no limit; default: as planned
 */
export async function launchCommand(
  { supervisor, ports, cleanups }: Pick<Stack, 'supervisor' | 'ports' | 'cleanups'>,
  { name, port, command, ready: readiness, startup }: PlannedCommand,
  startupTimeoutMs = startup.timeoutMs,
): Promise<Launched> {
  const { program, args, cwd, env, before, cleanup } = command;
  for (const step of before) await runToEnd(supervisor, name, step);
  if (cleanup !== undefined) cleanups.register(name, cleanup);
  await ports.release(port);
  const ready = supervisor.spawnCommand({
    ...{ kind: name, key: name, command: program, args, cwd, env, ready: readiness },
    startupTimeoutMs,
    startupAdvice: startup.advice,
    replaceExisting: true,
    restart: ON_FAILURE,
  });
  return { ready };
}

/** Stops the process with this name, or cancels its restart. Resolves when it has ended. */
export async function stopNamed(supervisor: Supervisor, name: string): Promise<void> {
  const processes = await supervisor.list({ kind: name });
  await Promise.all(processes.map(({ processId }) => supervisor.stop(processId)));
}

/**
 * The variables that entries need besides the few that they inherit: the cache of compiled code that bin/spooky.js uses, and the
 * proxies on the way to a database on another machine.
 */
function passedOn(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const PASSED_ON = /^(?:NODE_COMPILE_CACHE|NODE_USE_ENV_PROXY|(?:https?|no)_proxy|(?:HTTPS?|NO)_PROXY)$/;

/** Runs a preparation, such as `docker build`. Its output appears under the name of the command that it prepares. */
async function runToEnd(supervisor: Supervisor, name: string, step: Program): Promise<void> {
  const { program, args, cwd, env } = step;
  const kind = preparationOf(name);
  const { promise, resolve } = Promise.withResolvers<string>();
  const stopWatching = supervisor.onLifecycle((event) => {
    if (event.kind === kind && event.exit !== undefined) resolve(event.state);
  });
  try {
    await supervisor.spawnCommand({ kind, key: name, command: program, args, cwd, env });
    if ((await promise) === 'completed') return;
    throw new CliError('SPOOKY_CLI_START_FAILED', `${name}: ${program} ${args[0]} failed; its output above says why.`);
  } finally {
    stopWatching();
  }
}
