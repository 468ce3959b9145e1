import { SupervisorError } from './errors.ts';
import { supervisorLimits } from './limits.ts';
import { Listeners } from './listeners.ts';
import { MemoryWatch } from './measure/memory-watch.ts';
import { usageOf } from './measure/usage.ts';
import { invalidOption, milliseconds, requiredString } from './option-checks.ts';
import { checkScope, DEFAULT_CLOSE_TIMEOUT_MS, type SupervisorOptions, spareCount } from './options.ts';
import { type LifecycleEvent, type OutputEvent, outputEvent } from './process/process-info.ts';
import type { ProcessRun } from './process/process-run.ts';
import { matches, ProcessRegistry, unknownProcess } from './process/registry.ts';
import { snapshotOf } from './process/snapshot.ts';
import type { SupervisedContext, SupervisedProcess } from './process/supervised-process.ts';
import { Dependencies } from './spawn/dependencies.ts';
import { commandRequest, entryRequest, isCommand, type LaunchContext, runtimeSetup } from './spawn/launch-request.ts';
import { Launcher } from './spawn/launcher.ts';
import { SparePools } from './spawn/spare-pools.ts';
import type { ProcessHandle, Supervisor } from './supervisor-api.ts';
import { type CloseReport, Closing } from './terminate/closing.ts';
import { ReaperLink } from './terminate/reaper-link.ts';
import { MessageInbox } from './transport/message-inbox.ts';
import type { OutputPiece } from './transport/output-lines.ts';
import { pack } from './transport/payload.ts';
import type { Packed } from './transport/protocol.ts';

/**
 * Creates a supervisor. It starts nothing before the first spawn. Call `close()` when done.
 *
 * @throws SupervisorError `SPOOKY_SUPERVISOR_INVALID_OPTION`.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  requiredString('root', options.root);
  checkScope(options.scope);
  const limits = supervisorLimits(options.limits);

  const registry = new ProcessRegistry(limits.history);
  const lifecycle = new Listeners<LifecycleEvent>();
  const output = new Listeners<OutputEvent>();
  const inbox = new MessageInbox(limits);
  const reaper = new ReaperLink();
  const spares = new SparePools(reaper);
  const place: LaunchContext = { ...options, limits, spares };
  let closing: Closing | undefined;
  let closed: Promise<CloseReport> | undefined;

  const memory = new MemoryWatch(limits.measureMs, () =>
    registry.living.flatMap(({ memoryBound }) => memoryBound ?? []),
  );
  const dependencies: Dependencies = new Dependencies(() => launcher.nodes);

  const context: SupervisedContext = {
    reaper,
    gateOf: (node) => dependencies.gateOf(node),
    launched() {
      dependencies.changed();
      memory.schedule();
    },
    random: Math.random,
    runStarted: (process: ProcessRun, supervised: SupervisedProcess) => registry.addRun(process, supervised),
    published(event: LifecycleEvent) {
      if (event.exit !== undefined) registry.moveEndedToHistory();
      lifecycle.emit(event);
      dependencies.changed();
    },
    message: (process: ProcessRun, message: Packed) => inbox.receive(process.identity, message),
    output: (process: ProcessRun, stream: OutputEvent['stream'], piece: OutputPiece) =>
      output.emit(outputEvent(process.identity, stream, piece)),
  };

  function refuseWhenClosing(): void {
    if (closing === undefined) return;
    throw new SupervisorError('SPOOKY_SUPERVISOR_CLOSED', 'The supervisor is closed; create a new one to spawn.');
  }

  const launcher = new Launcher(registry, context, limits.processes, refuseWhenClosing, () => dependencies.changed());

  function handleOf(supervised: SupervisedProcess): ProcessHandle {
    const { entry, kind, key } = supervised.process.identity;
    return {
      get processId() {
        return supervised.process.processId;
      },
      ...{ entry, kind, key, info: supervised.process.info() },
      send: (payload) => supervised.process.send(pack(payload, 'The message', limits.messageBytes)),
      async stop({ userId, reason } = {}) {
        refuseOtherUser(supervised.process, userId);
        await supervised.stop('stopped', reason);
      },
      refresh: () => self.get(supervised.process.processId),
    };
  }

  function refuseOtherUser(process: ProcessRun, userId: string | undefined): void {
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
      if (!Array.isArray(requests)) throw invalidOption('spawnAll takes a list of spawn options.');
      const all = requests.map((one) => (isCommand(one) ? commandRequest(one, place) : entryRequest(one, place)));
      return (await launcher.launchAll(all)).map(handleOf);
    },

    async keepSpares(given) {
      refuseWhenClosing();
      await spares.keep(runtimeSetup(given, place.root), spareCount(given.count));
    },

    list: async (filter = {}) => registry.list(filter),
    get: async (processId, userId) => registry.info(processId, userId),

    async snapshot(filter = {}) {
      const usage = await usageOf(registry.living.flatMap(({ pid }) => pid ?? []));
      const processes = registry.living.map((process) =>
        snapshotOf(process, usage.get(process.pid ?? 0), inbox.waitingOf(process.processId)),
      );
      return {
        at: Date.now(),
        processes: processes.filter((info) => matches(info, filter)),
        ended: registry.list(filter).filter(({ exit }) => exit !== undefined),
        spares: spares.ready,
      };
    },

    send(processId, payload, userId) {
      const { process, last } = registry.find(processId, userId);
      if (process === undefined) throw processEnded(processId, last?.state);
      process.send(pack(payload, 'The message', limits.messageBytes));
    },

    async stop(processId, { userId, reason } = {}) {
      await registry.find(processId, userId).supervised?.stop('stopped', reason);
    },

    onLifecycle: (handler) => lifecycle.add(handler),
    onMessage: (handler) => inbox.add(handler),
    onOutput: (handler) => output.add(handler),

    close({ timeoutMs, onWait } = {}) {
      const ms = milliseconds('timeoutMs', timeoutMs, DEFAULT_CLOSE_TIMEOUT_MS);
      if (closing !== undefined && timeoutMs !== undefined) closing.limitTo(ms);
      closing ??= new Closing(registry.supervised, ms);
      if (onWait !== undefined) closing.onWait(onWait);
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
