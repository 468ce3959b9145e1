/** How each part of the stack is started, or started anew in the place of what runs under its name. */
import type { RestartPolicy, Supervisor } from '@spookify/supervisor';
import { CliError } from '../errors.ts';
import type { Program } from './dev-command.ts';
import { DATABASE, GATEWAY, type PlannedCommand, preparationOf, RUNNER } from './plan.ts';
import type { Stack } from './stack.ts';

/** Patient with someone who is editing; still giving up on what never comes back. */
const RESTART = { maxRestarts: 20, windowMs: 120_000, backoff: { initialMs: 250, maxMs: 5000 } };
/** Neither may end by itself: also a clean end is a failure. */
const ALWAYS: RestartPolicy = { when: 'always', ...RESTART };
const ON_FAILURE: RestartPolicy = { when: 'on-failure', ...RESTART };

/**
 * How long the database's engine may be silent before it is restarted. Of what it does on its one thread, updating
 * 100,000 rows kept a question waiting longest: 2.4 s; an index over them 0.7 s, an import of 20 MB 1.2 s.
 */
const DATABASE_SILENCE_MS = 15_000;

/** A database may have a long log to replay, a dev server everything to compile. */
const STARTUP_TIMEOUT_MS = 60_000;
/** The runner lets attempts under way finish. */
const RUNNER_STOP_TIMEOUT_MS = 8000;

/** A process that has been started. */
export interface Launched {
  /** Resolves when it is ready, at its first start or a later one; rejects when there will be none. */
  readonly ready: Promise<unknown>;
}

/** Does nothing when the database is external. */
export async function launchDatabase({ plan, ports, supervisor }: Stack): Promise<void> {
  if (plan.database === undefined) return;
  await ports.release('database');
  await supervisor.spawn({
    entry: 'dist/processes/database.js',
    kind: DATABASE,
    key: DATABASE,
    payload: plan.database,
    env: compileCache(),
    startupTimeoutMs: STARTUP_TIMEOUT_MS,
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
    env: compileCache(),
    startupTimeoutMs: STARTUP_TIMEOUT_MS,
    stopTimeoutMs: RUNNER_STOP_TIMEOUT_MS,
    replaceExisting: true,
    restart: ALWAYS,
  });
  return { ready };
}

export async function launchGateway({ plan, ports, supervisor }: Stack): Promise<Launched> {
  await ports.release('gateway');
  const ready = supervisor.spawn({
    entry: 'dist/processes/gateway.js',
    kind: GATEWAY,
    key: GATEWAY,
    payload: plan.gateway,
    env: compileCache(),
    startupTimeoutMs: STARTUP_TIMEOUT_MS,
    replaceExisting: true,
    restart: ALWAYS,
  });
  return { ready };
}

/**
 * Resolves when its preparation is over and it has been started.
 *
 * @param startupTimeoutMs how long it may take until it is ready; 0 is without limit
 */
export async function launchCommand(
  { supervisor, ports, cleanups }: Stack,
  { name, port, command, ready: readiness }: PlannedCommand,
  startupTimeoutMs = STARTUP_TIMEOUT_MS,
): Promise<Launched> {
  const { program, args, cwd, env, before, cleanup } = command;
  for (const step of before) await runToEnd(supervisor, name, step);
  if (cleanup !== undefined) cleanups.hold(name, cleanup);
  await ports.release(port);
  const ready = supervisor.spawnCommand({
    ...{ kind: name, key: name, command: program, args, cwd, env, ready: readiness },
    startupTimeoutMs,
    replaceExisting: true,
    restart: ON_FAILURE,
  });
  return { ready };
}

/** Stops what runs under this name, or has ended and waits for its restart; resolves when it is over. */
export async function stopNamed(supervisor: Supervisor, name: string): Promise<void> {
  const processes = await supervisor.list({ kind: name });
  await Promise.all(processes.map(({ processId }) => supervisor.stop(processId)));
}

/** Entries inherit little; where bin/spooky.js keeps compiled code is no secret. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

/** Runs a preparing program, such as `docker build`, under the name of what it prepares. */
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
