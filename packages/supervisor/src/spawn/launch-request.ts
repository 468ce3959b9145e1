import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { SupervisorError } from '../errors.ts';
import type { SupervisorLimits } from '../limits.ts';
import { invalidOption, isRecord, milliseconds, requiredString, stringList, stringRecord } from '../option-checks.ts';
import * as options from '../options.ts';
import type { ProcessSpec } from '../process/process-run.ts';
import type { RestartPolicy } from '../process/restart-policy.ts';
import { PROGRAM_ROOT } from '../programs/program-path.ts';
import { startCommand } from '../transport/command-transport.ts';
import { startFork } from '../transport/fork-transport.ts';
import { fromBytes, toBytes } from '../transport/payload.ts';
import { dependsOn } from './dependencies.ts';
import { resolveEntry } from './entry-path.ts';
import { entryEnvironment } from './environment.ts';
import { nodeFlags } from './permissions.ts';
import { acceptsConnections, addressOf, type Readiness } from './readiness.ts';
import type { RuntimeSetup } from './runtime-process.ts';
import type { SparePools } from './spare-pools.ts';

/** What all launches of one supervisor share. */
export interface LaunchContext {
  readonly root: string;
  readonly scope: options.Scope;
  readonly limits: Required<SupervisorLimits>;
  readonly spares: Pick<SparePools, 'take'>;
}

/** A spawn with checked options: what to start, and how. */
export interface LaunchRequest {
  readonly spec: ProcessSpec;
  readonly replaceExisting: boolean;
  readonly restart: RestartPolicy;
  /** Rejects if the process cannot be started now. */
  readonly check?: () => Promise<void>;
}

export function entryRequest(given: options.SpawnOptions, place: LaunchContext): LaunchRequest {
  requireOptions(given);
  const { root, scope, limits, spares } = place;
  const url = pathToFileURL(resolveEntry(root, given.entry)).href;
  const { entry, kind = entry, key } = given;
  const userId = options.targetUser(scope, given.userId);
  const content = { payload: given.payload, metadata: given.metadata };
  const data = toBytes(content, 'The payload or metadata', limits.messageBytes);
  const start = { type: 'start', url, entry, kind, key, userId, data, limits } as const;
  const setup = runtimeSetup(given, root);
  const heartbeatTimeoutMs = milliseconds(
    'heartbeatTimeoutMs',
    given.heartbeatTimeoutMs,
    options.DEFAULT_HEARTBEAT_TIMEOUT_MS,
  );
  return {
    spec: {
      identity: identityOf('entry', entry, { kind, key, userId }),
      metadata: copyOf(given.metadata, limits.messageBytes),
      dependsOn: dependsOn(given.dependsOn),
      memoryLimitMb: options.memoryLimit(given.memoryLimitMb),
      limits: { ...timeoutsOf('entry', given), heartbeatTimeoutMs, askOnTimeout: false, exitZeroCompletes: false },
      start: (processId, listener) =>
        startFork({ ...setup, start: { ...start, processId } }, listener, spares.take(setup)),
    },
    replaceExisting: given.replaceExisting === true,
    restart: options.restartPolicy(given.restart),
  };
}

/** Returns what an entry's process gets from the host. A spare can serve a spawn if their setups are equal. */
export function runtimeSetup(
  given: Pick<options.SpawnOptions, 'env' | 'heapLimitMb' | 'permissions'>,
  root: string,
): RuntimeSetup {
  const own = given.permissions === undefined ? root : realpathSync(root); // Node compares real paths
  const flags = nodeFlags(given, own, PROGRAM_ROOT);
  return { root, environment: entryEnvironment(process.env, stringRecord('env', given.env ?? {})), flags };
}

export function commandRequest(
  given: options.SpawnCommandOptions,
  { root, scope, limits }: LaunchContext,
): LaunchRequest {
  requireOptions(given);
  const { kind, key } = given;
  const command = requiredString('command', given.command);
  const args = stringList('args', given.args ?? []);
  const cwd = requiredString('cwd', given.cwd ?? root);
  const readiness = options.readiness(given.ready);
  const environment = given.env === undefined ? entryEnvironment(process.env) : stringRecord('env', given.env);
  const userId = options.targetUser(scope, given.userId);
  return {
    spec: {
      identity: identityOf('command', command, { kind, key, userId }),
      metadata: copyOf(given.metadata, limits.messageBytes),
      dependsOn: dependsOn(given.dependsOn),
      memoryLimitMb: options.memoryLimit(given.memoryLimitMb),
      limits: { ...timeoutsOf('command', given), heartbeatTimeoutMs: 0, askOnTimeout: true, exitZeroCompletes: true },
      start: (_processId, listener) => startCommand({ command, args, cwd, environment, readiness }, listener),
    },
    replaceExisting: given.replaceExisting === true,
    restart: options.restartPolicy(given.restart),
    check: () => refuseTakenPort(readiness, kind),
  };
}

export function isCommand(
  given: options.SpawnOptions | options.SpawnCommandOptions,
): given is options.SpawnCommandOptions {
  return isRecord(given) && 'command' in given;
}

/** Checks what the types cannot guarantee for callers in JavaScript. */
function requireOptions(given: options.SpawnOptions | options.SpawnCommandOptions): void {
  if (!isRecord(given)) throw invalidOption('The spawn options must be an object.');
  const { metadata, replaceExisting } = given;
  if (metadata !== undefined && !isRecord(metadata)) throw invalidOption('metadata must be an object.');
  if (replaceExisting !== undefined && typeof replaceExisting !== 'boolean') {
    throw invalidOption('replaceExisting must be true or false.');
  }
}

/** A program that already answers on the port would be mistaken for the command. */
async function refuseTakenPort(readiness: Readiness, kind: string): Promise<void> {
  const address = addressOf(readiness);
  if (address === undefined || !(await acceptsConnections(address))) return;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_PORT_TAKEN',
    `Something already answers on ${address.host}:${address.port}; stop it, or give ${kind} another port.`,
  );
}

function identityOf(
  type: 'entry' | 'command',
  entry: string,
  given: { kind: string; key: string | undefined; userId: string | undefined },
): ProcessSpec['identity'] {
  const { key, userId } = given;
  return {
    ...{ type, entry, kind: requiredString('kind', given.kind) },
    ...(key === undefined ? {} : { key: requiredString('key', key) }),
    ...(userId === undefined ? {} : { userId }),
  };
}

function timeoutsOf(
  type: 'entry' | 'command',
  request: Pick<options.SpawnOptions, 'startupTimeoutMs' | 'startupAdvice' | 'stopTimeoutMs'>,
) {
  const { startupTimeoutMs, startupAdvice = options.DEFAULT_STARTUP_ADVICE[type], stopTimeoutMs } = request;
  return {
    startupAdvice: requiredString('startupAdvice', startupAdvice),
    startupTimeoutMs: milliseconds('startupTimeoutMs', startupTimeoutMs, options.DEFAULT_STARTUP_TIMEOUT_MS),
    stopTimeoutMs: milliseconds('stopTimeoutMs', stopTimeoutMs, options.DEFAULT_STOP_TIMEOUT_MS),
  };
}

function copyOf(
  metadata: Readonly<Record<string, unknown>> | undefined,
  maxBytes: number,
): Record<string, unknown> | undefined {
  return metadata === undefined
    ? undefined
    : (fromBytes(toBytes(metadata, 'metadata', maxBytes))?.value as Record<string, unknown>);
}
