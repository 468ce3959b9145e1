import { type CloseReport, Closing } from './closing.ts';
import { Dependencies } from './dependencies.ts';
import { SupervisorError } from './errors.ts';
import { commandRequest, entryRequest, isCommand, type Place, runtimeSetup } from './launch-request.ts';
import { Launcher } from './launcher.ts';
import { supervisorLimits } from './limits.ts';
import { Listeners } from './listeners.ts';
import type { ManagedProcess } from './managed-process.ts';
import { MemoryWatch } from './measure/memory-watch.ts';
import { usageOf } from './measure/usage.ts';
import { MessageInbox } from './message-inbox.ts';
import { invalid, milliseconds, text } from './option-checks.ts';
import { checkScope, DEFAULT_CLOSE_TIMEOUT_MS, type SupervisorOptions, spareCount } from './options.ts';
import { pack } from './payload.ts';
import { matches, ProcessBook, unknownProcess } from './process-book.ts';
import type { LifecycleEvent, OutputEvent } from './process-info.ts';
import type { LineContext, ProcessLine } from './process-line.ts';
import type { Packed } from './protocol.ts';
import { ReaperLink } from './reaper-link.ts';
import { snapshotOf } from './snapshot.ts';
import { Spares } from './spares/spares.ts';
import type { ProcessHandle, Supervisor } from './supervisor-api.ts';

/** Makes a supervisor. Nothing is started before the first spawn; call `close()` when done. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  text('root', options.root);
  checkScope(options.scope);
  const limits = supervisorLimits(options.limits);

  const book = new ProcessBook(limits.history);
  const lifecycle = new Listeners<LifecycleEvent>();
  const output = new Listeners<OutputEvent>();
  const inbox = new MessageInbox(limits);
  const reaper = new ReaperLink();
  const spares = new Spares(reaper);
  const place: Place = { ...options, limits, spares };
  let closing: Closing | undefined;
  let closed: Promise<CloseReport> | undefined;

  const memory = new MemoryWatch(limits.measureMs, () => book.living.flatMap(({ memoryBound }) => memoryBound ?? []));
  const dependencies: Dependencies = new Dependencies(() => launcher.nodes);

  const context: LineContext = {
    reaper,
    gateOf: (node) => dependencies.gateOf(node),
    launched() {
      dependencies.changed();
      memory.wake();
    },
    random: Math.random,
    begun: (process: ManagedProcess, line: ProcessLine) => book.begun(process, line),
    published(event: LifecycleEvent) {
      if (event.exit !== undefined) book.tidy();
      lifecycle.emit(event);
      dependencies.changed();
    },
    message: (process: ManagedProcess, message: Packed) => inbox.receive(process.identity, message),
    output: (process: ManagedProcess, stream: OutputEvent['stream'], line: string) =>
      output.emit({ ...process.identity, stream, line }),
  };

  function refuseWhenClosing(): void {
    if (closing === undefined) return;
    throw new SupervisorError('SPOOKY_SUPERVISOR_CLOSED', 'The supervisor is closed; create a new one to spawn.');
  }

  const launcher = new Launcher(book, context, limits.processes, refuseWhenClosing, () => dependencies.changed());

  function handleOf(line: ProcessLine): ProcessHandle {
    const { entry, kind, key } = line.process.identity;
    return {
      get processId() {
        return line.process.processId;
      },
      ...{ entry, kind, key, info: line.process.info() },
      send: (payload) => line.process.send(pack(payload, 'The message', limits.messageBytes)),
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
      return handleOf(await launcher.launch(entryRequest(request, place)));
    },
    async spawnCommand(request) {
      refuseWhenClosing();
      return handleOf(await launcher.launch(commandRequest(request, place)));
    },
    async spawnAll(requests) {
      refuseWhenClosing();
      if (!Array.isArray(requests)) throw invalid('spawnAll takes a list of the options of spawns.');
      const all = requests.map((one) => (isCommand(one) ? commandRequest(one, place) : entryRequest(one, place)));
      return (await launcher.launchAll(all)).map(handleOf);
    },

    async keepSpares(given) {
      refuseWhenClosing();
      await spares.keep(runtimeSetup(given, place.root), spareCount(given.count));
    },

    list: async (filter = {}) => book.list(filter),
    get: async (processId, userId) => book.info(processId, userId),

    async snapshot(filter = {}) {
      const usage = await usageOf(book.living.flatMap(({ pid }) => pid ?? []));
      const processes = book.living.map((process) =>
        snapshotOf(process, usage.get(process.pid ?? 0), inbox.waitingOf(process.processId)),
      );
      return {
        at: Date.now(),
        processes: processes.filter((info) => matches(info, filter)),
        ended: book.list(filter).filter(({ exit }) => exit !== undefined),
        spares: spares.ready,
      };
    },

    send(processId, payload, userId) {
      const { process, last } = book.find(processId, userId);
      if (process === undefined) throw processEnded(processId, last?.state);
      process.send(pack(payload, 'The message', limits.messageBytes));
    },

    async stop(processId, { userId, reason } = {}) {
      await book.find(processId, userId).line?.stop('stopped', reason);
    },

    onLifecycle: (handler) => lifecycle.add(handler),
    onMessage: (handler) => inbox.add(handler),
    onOutput: (handler) => output.add(handler),

    close({ timeoutMs, onWait } = {}) {
      const ms = milliseconds('timeoutMs', timeoutMs, DEFAULT_CLOSE_TIMEOUT_MS);
      if (closing !== undefined && timeoutMs !== undefined) closing.hurry(ms);
      closing ??= new Closing(book.lines, ms);
      if (onWait !== undefined) closing.watch(onWait);
      closed ??= Promise.all([closing.report, spares.close()]).then(async ([report]) => {
        memory.stop();
        await reaper.close();
        return report;
      });
      return closed;
    },
  };
  return self;
}

function processEnded(name: string, state: string | undefined): SupervisorError {
  return new SupervisorError('SPOOKY_SUPERVISOR_PROCESS_ENDED', `${name} has ended${state ? ` (${state})` : ''}.`);
}
