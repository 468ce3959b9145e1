import { type CloseReport, Closing } from './closing.ts';
import { SupervisorError } from './errors.ts';
import { KeyQueue } from './key-queue.ts';
import { commandRequest, entryRequest, type LaunchRequest, type Place } from './launch-request.ts';
import { supervisorLimits } from './limits.ts';
import { Listeners } from './listeners.ts';
import type { ManagedProcess, ProcessSpec } from './managed-process.ts';
import { MessageInbox } from './message-inbox.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, milliseconds, type SupervisorOptions, text } from './options.ts';
import { toBytes } from './payload.ts';
import { ProcessBook, unknownProcess } from './process-book.ts';
import type { LifecycleEvent, OutputEvent } from './process-info.ts';
import { type LineContext, ProcessLine } from './process-line.ts';
import { ReaperLink } from './reaper-link.ts';
import type { ProcessHandle, Supervisor } from './supervisor-api.ts';

/** Makes a supervisor. Nothing is started before the first spawn; call `close()` when done. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  text('root', options.root);
  if (options.scope.type === 'user') text('scope.userId', options.scope.userId);
  const limits = supervisorLimits(options.limits);
  const place: Place = { ...options, limits };

  const book = new ProcessBook(limits.history);
  const beingReplaced = new Set<ProcessLine>();
  const queue = new KeyQueue();
  const lifecycle = new Listeners<LifecycleEvent>();
  const output = new Listeners<OutputEvent>();
  const inbox = new MessageInbox(limits);
  const reaper = new ReaperLink();
  let closing: Closing | undefined;
  let closed: Promise<CloseReport> | undefined;

  const context: LineContext = {
    reaper,
    random: Math.random,
    begun: (process: ManagedProcess, line: ProcessLine) => book.begun(process, line),
    published(event: LifecycleEvent) {
      if (event.exit !== undefined) book.tidy();
      lifecycle.emit(event);
    },
    message: (process: ManagedProcess, data: Uint8Array) => inbox.receive(process.identity, data),
    output: (process: ManagedProcess, stream: OutputEvent['stream'], line: string) =>
      output.emit({ ...process.identity, stream, line }),
  };

  function refuseWhenClosing(): void {
    if (closing === undefined) return;
    throw new SupervisorError('SPOOKY_SUPERVISOR_CLOSED', 'The supervisor is closed; create a new one to spawn.');
  }

  function refuseTooMany(): void {
    const freed = [...beingReplaced].filter(({ isOver }) => isOver); // their places are taken by those that follow
    if (book.lines.length + freed.length < limits.processes) return;
    throw new SupervisorError(
      'SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES',
      `${limits.processes} processes are alive; stop one first, or raise limits.processes.`,
    );
  }

  async function launch({ spec, replaceExisting, restart, check }: LaunchRequest): Promise<ProcessHandle> {
    const { userId, kind, key } = spec.identity;
    const line = await queue.run(key === undefined ? undefined : JSON.stringify([userId, kind, key]), async () => {
      refuseWhenClosing();
      const existing = book.lines.find((other) => key !== undefined && sameKey(other, spec.identity));
      if (existing !== undefined && !replaceExisting) {
        throw new SupervisorError(
          'SPOOKY_SUPERVISOR_KEY_TAKEN',
          `A process of kind ${kind} and key ${key} is alive; stop it first, or spawn with replaceExisting.`,
        );
      }
      if (existing === undefined) refuseTooMany();
      else {
        beingReplaced.add(existing);
        await existing.stop('replaced');
      }
      try {
        await check();
        refuseWhenClosing();
      } finally {
        if (existing !== undefined) beingReplaced.delete(existing);
      }
      if (existing === undefined) refuseTooMany();
      const next = new ProcessLine(spec, restart, context);
      book.add(next);
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
      send: (payload) => line.process.send(toBytes(payload, 'The message', limits.messageBytes)),
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

  const self: Supervisor = {
    async spawn(request) {
      refuseWhenClosing();
      return launch(entryRequest(request, place));
    },
    async spawnCommand(request) {
      refuseWhenClosing();
      return launch(commandRequest(request, place));
    },

    list: async (filter = {}) => book.list(filter),
    get: async (processId, userId) => book.info(processId, userId),

    send(processId, payload, userId) {
      const { process, last } = book.find(processId, userId);
      if (process === undefined) throw processEnded(processId, last?.state);
      process.send(toBytes(payload, 'The message', limits.messageBytes));
    },

    async stop(processId, { userId, reason } = {}) {
      await book.find(processId, userId).line?.stop('stopped', reason);
    },

    onLifecycle: (handler) => lifecycle.add(handler),
    onMessage: (handler) => inbox.add(handler),
    onOutput: (handler) => output.add(handler),

    close({ timeoutMs } = {}) {
      const ms = milliseconds('timeoutMs', timeoutMs, DEFAULT_CLOSE_TIMEOUT_MS);
      if (closing !== undefined && timeoutMs !== undefined) closing.hurry(ms);
      closing ??= new Closing(book.lines, ms);
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

function processEnded(name: string, state: string | undefined): SupervisorError {
  return new SupervisorError('SPOOKY_SUPERVISOR_PROCESS_ENDED', `${name} has ended${state ? ` (${state})` : ''}.`);
}
