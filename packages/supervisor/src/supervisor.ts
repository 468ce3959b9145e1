import { pathToFileURL } from 'node:url';
import { type CloseOptions, type CloseReport, Closing } from './closing.ts';
import { startCommand } from './command-transport.ts';
import { resolveEntry } from './entry-path.ts';
import { entryEnvironment } from './environment.ts';
import { SupervisorError } from './errors.ts';
import { startFork } from './fork-transport.ts';
import { KeyQueue } from './key-queue.ts';
import { isTerminal, type ProcessState } from './lifecycle.ts';
import { Listeners } from './listeners.ts';
import type { ManagedProcess, ProcessSpec } from './managed-process.ts';
import { MessageInbox } from './message-inbox.ts';
import * as options from './options.ts';
import { fromBytes, toBytes } from './payload.ts';
import type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process-info.ts';
import { ProcessLine } from './process-line.ts';
import { accepts, addressOf } from './readiness.ts';
import { ReaperLink } from './reaper-link.ts';
import type { RestartPolicy } from './restart-policy.ts';

/** Ended processes that `get` and `list` still know. */
const REMEMBERED = 100;

export interface StopOptions {
  /** Of an operator: the user that the process must belong to. */
  readonly userId?: string;
  /** For the child's onStop handlers and the log. */
  readonly reason?: string;
}

/** All that is given must match. */
export interface ListFilter {
  readonly userId?: string;
  readonly kind?: string;
  readonly key?: string;
  readonly state?: ProcessState;
}

/** What spawn resolves with. After a restart it stands for the new process. */
export interface ProcessHandle {
  readonly processId: string;
  readonly entry: string;
  readonly kind: string;
  readonly key: string | undefined;
  /** The snapshot at the time of the spawn. */
  readonly info: ProcessInfo;
  /** As `Supervisor.send`. */
  send(payload: unknown): void;
  /** As `Supervisor.stop`. */
  stop(options?: StopOptions): Promise<void>;
  /** The latest snapshot; null once forgotten. */
  refresh(): Promise<ProcessInfo | null>;
}

export interface Supervisor {
  /**
   * Starts an entry in a process of its own and waits for its `ready()`. Settles exactly once; rejects with a
   * SupervisorError when the process times out, fails, ends, is stopped or replaced before that, or an option is wrong.
   * Under a restart policy a failed start is tried again first.
   */
  spawn(options: options.SpawnOptions): Promise<ProcessHandle>;
  /** The same for any program, without messages and heartbeat; readiness is watched from outside. */
  spawnCommand(options: options.SpawnCommandOptions): Promise<ProcessHandle>;
  /** The living processes and the last 100 that ended, oldest first. */
  list(filter?: ListFilter): Promise<ProcessInfo[]>;
  get(processId: string, userId?: string): Promise<ProcessInfo | null>;
  /**
   * Sends a copy of the payload. Messages wait, up to 1,000, until the entry attaches a handler. Throws a
   * SupervisorError: `…_UNKNOWN_PROCESS`, `…_PROCESS_ENDED`, `…_NOT_CLONEABLE`, `…_MESSAGE_TOO_LARGE`, `…_QUEUE_FULL`,
   * `…_NO_MESSAGES`.
   */
  send(processId: string, payload: unknown, userId?: string): void;
  /**
   * Asks the process to end, kills it and its children after its stop timeout, and resolves when they are gone. It is
   * not restarted. Resolves at once when it has ended; rejects with `…_UNKNOWN_PROCESS`.
   */
  stop(processId: string, options?: StopOptions): Promise<void>;
  /** Every change of state of every process. Returns a function that detaches the handler. */
  onLifecycle(handler: (event: LifecycleEvent) => void): () => void;
  /** Messages of the entries; earlier ones wait for the first handler, at most 1,000. */
  onMessage(handler: (event: MessageEvent) => void): () => void;
  /** What processes write, line by line. */
  onOutput(handler: (event: OutputEvent) => void): () => void;
  /**
   * Stops everything, the youngest first, and says who held it up. From then on spawn rejects with `…_CLOSED`. Calling
   * it again gives the same report; a shorter `timeoutMs` then makes it hurry.
   */
  close(options?: CloseOptions): Promise<CloseReport>;
}

/** Makes a supervisor. Nothing is started before the first spawn; call `close()` when done. */
export function createSupervisor({ root, scope }: options.SupervisorOptions): Supervisor {
  options.text('root', root);
  if (scope.type === 'user') options.text('scope.userId', scope.userId);

  const lines: ProcessLine[] = [];
  const processes = new Map<string, { process: ManagedProcess; line: ProcessLine }>();
  const queue = new KeyQueue();
  const lifecycle = new Listeners<LifecycleEvent>();
  const output = new Listeners<OutputEvent>();
  const inbox = new MessageInbox();
  const reaper = new ReaperLink();
  let closing: Closing | undefined;
  let closed: Promise<CloseReport> | undefined;

  const context = {
    reaper,
    random: Math.random,
    begun(process: ManagedProcess, line: ProcessLine) {
      processes.set(process.processId, { process, line });
    },
    published(event: LifecycleEvent) {
      if (event.exit !== undefined) forget();
      lifecycle.emit(event);
    },
    message: (process: ManagedProcess, data: Uint8Array) => inbox.receive(process.identity, data),
    output: (process: ManagedProcess, stream: OutputEvent['stream'], line: string) =>
      output.emit({ ...process.identity, stream, line }),
  };

  function forget(): void {
    const ended = [...processes.values()].filter(({ process }) => isTerminal(process.life));
    for (const { process } of ended.slice(0, -REMEMBERED)) processes.delete(process.processId);
    for (const line of lines.filter(({ isOver }) => isOver)) lines.splice(lines.indexOf(line), 1);
  }

  function refuseWhenClosing(): void {
    if (closing === undefined) return;
    throw new SupervisorError('SPOOKY_SUPERVISOR_CLOSED', 'The supervisor is closed; create a new one to spawn.');
  }

  interface Request {
    readonly spec: ProcessSpec;
    readonly replaceExisting: boolean | undefined;
    readonly restart: RestartPolicy;
    /** Throws when the process cannot be started now. */
    check?(): Promise<void>;
  }

  async function launch({ spec, replaceExisting, restart, check }: Request): Promise<ProcessHandle> {
    const { userId, kind, key } = spec.identity;
    const line = await queue.run(key === undefined ? undefined : JSON.stringify([userId, kind, key]), async () => {
      refuseWhenClosing();
      const existing = lines.find((other) => !other.isOver && key !== undefined && sameKey(other, spec.identity));
      if (existing !== undefined && replaceExisting !== true) {
        throw new SupervisorError(
          'SPOOKY_SUPERVISOR_KEY_TAKEN',
          `A process of kind ${kind} and key ${key} is alive; stop it first, or spawn with replaceExisting.`,
        );
      }
      if (existing !== undefined) await existing.stop('replaced');
      if (check !== undefined) await check();
      refuseWhenClosing();
      const next = new ProcessLine(spec, restart, context);
      lines.push(next);
      next.begin();
      // Handed on inside an object: a promise of the queue's turn would otherwise wait for the start as well.
      return { next };
    });
    await line.next.started;
    return handleOf(line.next);
  }

  function handleOf(line: ProcessLine): ProcessHandle {
    const { entry, kind, key } = line.process.identity;
    return {
      get processId() {
        return line.process.processId;
      },
      ...{ entry, kind, key, info: line.process.info() },
      send: (payload) => line.process.send(toBytes(payload, 'The message')),
      async stop({ userId, reason } = {}) {
        refuseOtherUser(line.process, userId);
        await line.stop('stopped', reason);
      },
      refresh: () => self.get(line.process.processId),
    };
  }

  function refuseOtherUser(process: ManagedProcess, userId: string | undefined): void {
    if (userId !== undefined && process.identity.userId !== userId) throw unknownProcess(process.processId);
  }

  function find(processId: string, userId: string | undefined) {
    const found = processes.get(processId);
    if (found === undefined) throw unknownProcess(processId);
    refuseOtherUser(found.process, userId);
    return found;
  }

  const self: Supervisor = {
    async spawn(request) {
      refuseWhenClosing();
      const path = resolveEntry(root, request.entry);
      const { entry, kind = entry, key } = request;
      const userId = options.targetUser(scope, request.userId);
      const data = toBytes({ payload: request.payload, metadata: request.metadata }, 'The payload or metadata');
      const start = { type: 'start', url: pathToFileURL(path).href, entry, kind, key, userId, data } as const;
      const environment = entryEnvironment(process.env, request.env);
      const spec: ProcessSpec = {
        identity: identityOf('entry', entry, { kind, key, userId }),
        metadata: copyOf(request.metadata),
        limits: {
          ...limitsOf(request),
          heartbeatTimeoutMs: options.milliseconds(
            'heartbeatTimeoutMs',
            request.heartbeatTimeoutMs,
            options.DEFAULT_HEARTBEAT_TIMEOUT_MS,
          ),
          askOnTimeout: false,
          exitZeroCompletes: false,
        },
        start: (processId, listener) => startFork({ root, environment, start: { ...start, processId } }, listener),
      };
      return launch({
        spec,
        replaceExisting: request.replaceExisting,
        restart: options.restartPolicy(request.restart),
      });
    },

    async spawnCommand(request) {
      refuseWhenClosing();
      const { command, args = [], cwd = root, key } = request;
      const readiness = options.readiness(request.ready);
      const environment = request.env ?? entryEnvironment(process.env);
      const userId = options.targetUser(scope, request.userId);
      const spec: ProcessSpec = {
        identity: identityOf('command', options.text('command', command), { kind: request.kind, key, userId }),
        metadata: copyOf(request.metadata),
        limits: { ...limitsOf(request), heartbeatTimeoutMs: 0, askOnTimeout: true, exitZeroCompletes: true },
        start: (_processId, listener) => startCommand({ command, args, cwd, environment, readiness }, listener),
      };
      const check = async () => {
        const address = addressOf(readiness);
        if (address === undefined || !(await accepts(address))) return;
        throw new SupervisorError(
          'SPOOKY_SUPERVISOR_PORT_TAKEN',
          `Something already answers on ${address.host}:${address.port}; end it, or give ${request.kind} another port.`,
        );
      };
      return launch({
        spec,
        check,
        replaceExisting: request.replaceExisting,
        restart: options.restartPolicy(request.restart),
      });
    },

    async list(filter = {}) {
      const infos = [...processes.values()].map(({ process }) => process.info());
      return infos.filter(
        (info) =>
          (filter.userId === undefined || info.userId === filter.userId) &&
          (filter.kind === undefined || info.kind === filter.kind) &&
          (filter.key === undefined || info.key === filter.key) &&
          (filter.state === undefined || info.state === filter.state),
      );
    },

    async get(processId, userId) {
      const info = processes.get(processId)?.process.info();
      return info === undefined || (userId !== undefined && info.userId !== userId) ? null : info;
    },

    send(processId, payload, userId) {
      find(processId, userId).process.send(toBytes(payload, 'The message'));
    },

    async stop(processId, { userId, reason } = {}) {
      await find(processId, userId).line.stop('stopped', reason);
    },

    onLifecycle: (handler) => lifecycle.add(handler),
    onMessage: (handler) => inbox.add(handler),
    onOutput: (handler) => output.add(handler),

    close({ timeoutMs } = {}) {
      const ms = options.milliseconds('timeoutMs', timeoutMs, options.DEFAULT_CLOSE_TIMEOUT_MS);
      if (closing !== undefined && timeoutMs !== undefined) closing.hurry(ms);
      closing ??= new Closing([...lines], ms);
      closed ??= closing.report.then(async (report) => {
        await reaper.close();
        return report;
      });
      return closed;
    },
  };
  return self;
}

function sameKey(line: ProcessLine, identity: ProcessSpec['identity']): boolean {
  const other = line.process.identity;
  return other.userId === identity.userId && other.kind === identity.kind && other.key === identity.key;
}

function identityOf(
  type: 'entry' | 'command',
  entry: string,
  given: { kind: string; key: string | undefined; userId: string | undefined },
): ProcessSpec['identity'] {
  const { key, userId } = given;
  return {
    ...{ type, entry, kind: options.text('kind', given.kind) },
    ...(key === undefined ? {} : { key: options.text('key', key) }),
    ...(userId === undefined ? {} : { userId }),
  };
}

function limitsOf(request: { startupTimeoutMs?: number; stopTimeoutMs?: number }) {
  const { startupTimeoutMs, stopTimeoutMs } = request;
  return {
    startupTimeoutMs: options.milliseconds('startupTimeoutMs', startupTimeoutMs, options.DEFAULT_STARTUP_TIMEOUT_MS),
    stopTimeoutMs: options.milliseconds('stopTimeoutMs', stopTimeoutMs, options.DEFAULT_STOP_TIMEOUT_MS),
  };
}

function copyOf(metadata: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> | undefined {
  return metadata === undefined
    ? undefined
    : (fromBytes(toBytes(metadata, 'metadata'))?.value as Record<string, unknown>);
}

function unknownProcess(processId: string): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS',
    `No process has the id ${processId}; see list() for those that there are.`,
  );
}
