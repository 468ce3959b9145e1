import { type CloseReport, Closing } from './closing.ts';
import { SupervisorError } from './errors.ts';
import { KeyQueue } from './key-queue.ts';
import { commandRequest, entryRequest, type LaunchRequest } from './launch-request.ts';
import { isTerminal } from './lifecycle.ts';
import { Listeners } from './listeners.ts';
import type { ManagedProcess, ProcessSpec } from './managed-process.ts';
import { MessageInbox } from './message-inbox.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, milliseconds, type SupervisorOptions, text } from './options.ts';
import { toBytes } from './payload.ts';
import type { LifecycleEvent, OutputEvent } from './process-info.ts';
import { type LineContext, ProcessLine } from './process-line.ts';
import { ReaperLink } from './reaper-link.ts';
import type { ProcessHandle, Supervisor } from './supervisor-api.ts';

/** Ended processes that `get` and `list` still know. */
const REMEMBERED = 100;

/** Makes a supervisor. Nothing is started before the first spawn; call `close()` when done. */
export function createSupervisor(place: SupervisorOptions): Supervisor {
  text('root', place.root);
  if (place.scope.type === 'user') text('scope.userId', place.scope.userId);

  const lines: ProcessLine[] = [];
  const processes = new Map<string, { process: ManagedProcess; line: ProcessLine }>();
  const queue = new KeyQueue();
  const lifecycle = new Listeners<LifecycleEvent>();
  const output = new Listeners<OutputEvent>();
  const inbox = new MessageInbox();
  const reaper = new ReaperLink();
  let closing: Closing | undefined;
  let closed: Promise<CloseReport> | undefined;

  const context: LineContext = {
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

  async function launch({ spec, replaceExisting, restart, check }: LaunchRequest): Promise<ProcessHandle> {
    const { userId, kind, key } = spec.identity;
    const line = await queue.run(key === undefined ? undefined : JSON.stringify([userId, kind, key]), async () => {
      refuseWhenClosing();
      const existing = lines.find((other) => !other.isOver && key !== undefined && sameKey(other, spec.identity));
      if (existing !== undefined && !replaceExisting) {
        throw new SupervisorError(
          'SPOOKY_SUPERVISOR_KEY_TAKEN',
          `A process of kind ${kind} and key ${key} is alive; stop it first, or spawn with replaceExisting.`,
        );
      }
      if (existing !== undefined) await existing.stop('replaced');
      await check();
      refuseWhenClosing();
      const next = new ProcessLine(spec, restart, context);
      lines.push(next);
      next.begin();
      return next; // its turn ends here: whoever replaces it need not wait until it is ready
    });
    await line.started;
    return handleOf(line);
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
      return launch(entryRequest(request, place));
    },
    async spawnCommand(request) {
      refuseWhenClosing();
      return launch(commandRequest(request, place));
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
      const ms = milliseconds('timeoutMs', timeoutMs, DEFAULT_CLOSE_TIMEOUT_MS);
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

function unknownProcess(processId: string): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS',
    `No process has the id ${processId}; see list() for those that there are.`,
  );
}
