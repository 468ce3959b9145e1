import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSupervisor } from '@spookify/supervisor';
import { readEnvFile } from '../env-file.ts';
import { CliError } from '../errors.ts';
import type { Reporter } from '../output/reporter.ts';
import { type HeldPorts, holdFreePorts, holdPorts } from '../ports.ts';
import { openProjectWithSecrets, type Project, type ProjectOptions } from '../project.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';
import { applySchema, bringUp, type Stack } from './bring-up.ts';
import { displayPath } from './display-path.ts';
import { announceInstance, runningInstance } from './instance.ts';
import { placementOf, wantedPorts } from './placement.ts';
import { DATABASE, planOf, processNames } from './plan.ts';
import { requirePrograms } from './requirements.ts';
import { createFailureWatch } from './watch-failures.ts';

export interface DevOptions extends ProjectOptions {
  /** `auto`: the usual ports, or all of them moved; `free`: any. */
  readonly ports: 'auto' | 'free';
  readonly color: boolean;
  /** Makes the reporter once the names of the processes are known. */
  reporter(names: readonly string[]): Reporter;
  /** Resolves when nobody reads the output any more. */
  readonly outputLost: Promise<void>;
}

/** The folder whose dist/ holds the entries. */
const PACKAGE_ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs the whole stack until it is told to stop.
 *
 * @returns the exit code: 0 after a graceful stop, 1 when something did not start or the database was lost, 128 + n
 *   when a second signal n cut the stop short
 */
export async function runDev(options: DevOptions): Promise<number> {
  const { project, made } = await openProjectWithSecrets(options);
  await requirePrograms(project.config, project.env.PATH ?? '');
  await refuseSecondInstance(project);

  const wanted = wantedPorts(project.config);
  const ports = await (options.ports === 'free' ? holdFreePorts(wanted) : holdPorts(wanted));
  try {
    const placement = placementOf(project.config, ports.ports);
    const plan = planOf(project, placement, await readEnvFiles(project), options.color);
    const reporter = options.reporter(processNames(plan));
    if (made.length > 0) reporter.note('info', `first run: made secrets of your own in .env: ${made.join(', ')}`);
    sayWhereTo(ports, reporter);
    const supervisor = createSupervisor({ root: PACKAGE_ROOT, scope: { type: 'operator' } });
    return await runStack({ project, plan, placement, ports, supervisor, reporter }, options);
  } finally {
    await ports.releaseAll();
  }
}

type Phase = 'starting' | 'up' | 'ending';

/** How often those that everything waits for are named. */
const LATE_MS = 3000;

async function runStack(stack: Stack, { outputLost }: DevOptions): Promise<number> {
  const { project, supervisor, reporter } = stack;
  const failures = createFailureWatch();
  const end = Promise.withResolvers<void>();
  let phase: Phase = 'starting';
  let exitCode = 0;
  let withdraw = async () => {};

  const fail = (error: unknown) => {
    if (phase === 'ending') return;
    exitCode = 1;
    reporter.failure(asFailure(error));
    end.resolve();
  };
  supervisor.onOutput(({ kind, stream, line }) => reporter.log(kind, stream, line));
  supervisor.onLifecycle((event) => {
    if (phase === 'ending') return reporter.process(event, true);
    const failure = failures.see(event, phase === 'up');
    const { restartInMs, ...last } = event;
    reporter.process(failure === undefined ? event : last, false);
    if (failure !== undefined) fail(failure);
    // What was in memory went with the process; what is on disk needs nothing.
    const isBack = event.kind === DATABASE && event.state === 'running' && event.restarts > 0;
    if (isBack && stack.plan.database?.storage.type === 'memory') applySchema(stack).catch(fail);
  });
  const detachSignals = onStopSignals({
    first(signal) {
      reporter.note('info', `${signal === 'SIGINT' ? 'Ctrl+C' : signal}: stopping; once more to end at once`);
      end.resolve();
    },
    again(signal) {
      exitCode = exitCodeOf(signal);
      phase = 'ending';
      void supervisor.close({ timeoutMs: 0 });
    },
  });
  void outputLost.then(end.resolve);
  const stopWaitingNotes = sayWhoIsLate(stack, () => phase);

  const start = async () => {
    await bringUp(stack);
    if (phase !== 'starting' || exitCode !== 0) return;
    phase = 'up';
    withdraw = await announceInstance(project.config, { pid: process.pid, urls: urlsOf(stack) });
    const elapsedMs = Math.round(performance.now());
    reporter.ready({ urls: urlsOf(stack), elapsedMs, data: dataPlace(project), writer: writerOf(project.env) });
  };
  void start().catch(fail);
  await end.promise;
  phase = 'ending';
  const { forced } = await supervisor.close();
  await withdraw();
  stopWaitingNotes();
  detachSignals();
  if (forced.length > 0)
    reporter.note('warn', `killed, for they did not end in time: ${forced.map(({ kind }) => kind).join(', ')}`);
  reporter.stopped();
  return exitCode;
}

/** What takes long is named, so that nobody has to guess what everything waits for. Returns what ends it. */
function sayWhoIsLate({ supervisor, reporter }: Stack, phase: () => Phase): () => void {
  const say = async () => {
    const now = phase();
    if (now === 'up') return;
    const state = now === 'ending' ? 'stopping' : now;
    const names = (await supervisor.list({ state })).map(({ kind }) => kind).join(', ');
    if (names !== '') reporter.note('info', `still ${state}: ${names}`);
  };
  const timer = setInterval(() => void say(), LATE_MS);
  return () => clearInterval(timer);
}

function asFailure(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'SPOOKY_CLI_START_FAILED', message: String(error) };
  return { code: 'code' in error ? String(error.code) : error.name, message: error.message };
}

async function refuseSecondInstance({ config }: Project): Promise<void> {
  const { surrealdb } = config;
  if (surrealdb.hosting !== 'embedded' || surrealdb.path === 'memory') return;
  const other = await runningInstance(config);
  if (other === undefined) return;
  const place = other.urls.web ?? other.urls.database;
  throw new CliError(
    'SPOOKY_CLI_ALREADY_RUNNING',
    `spooky dev already runs on ${displayPath(surrealdb.path)} (process ${other.pid}), at ${place}. Use that one, stop it, or give this one data of its own: SPOOKY_DATA=.data/second.`,
  );
}

async function readEnvFiles({ config }: Project): Promise<Map<string, Record<string, string>>> {
  const commands = [...Object.values(config.backends).map(({ dev }) => dev), config.frontend?.dev];
  const files = commands.flatMap((dev) => (dev && dev.type !== 'shell' && dev.envFile ? [dev.envFile] : []));
  return new Map(await Promise.all(files.map(async (file) => [file, await readEnvFile(file)] as const)));
}

function sayWhereTo({ offset, busy }: HeldPorts, reporter: Reporter): void {
  if (!offset) return;
  const taken = busy.map(({ name, port }) => `${port} (${name})`).join(', ');
  reporter.note(
    'warn',
    `port ${taken} ${busy.length === 1 ? 'is' : 'are'} taken: the whole stack moves up by ${offset}`,
  );
}

function urlsOf({ placement: { web, backends, database } }: Stack): Record<string, string> {
  return { ...(web === undefined ? {} : { web }), ...backends, database };
}

function dataPlace({ config: { surrealdb } }: Project): string {
  if (surrealdb.hosting === 'external') return `${surrealdb.namespace}/${surrealdb.database}, on the external server`;
  return surrealdb.path === 'memory' ? 'in memory; gone when this ends' : displayPath(surrealdb.path);
}

function writerOf({ OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL }: Record<string, string>): string {
  if (!OPENAI_API_KEY && !OPENAI_BASE_URL) return 'offline (set OPENAI_API_KEY in .env for a real model)';
  return `${OPENAI_MODEL || 'the default model'}${OPENAI_BASE_URL ? ` at ${OPENAI_BASE_URL}` : ''}`;
}
