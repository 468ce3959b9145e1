/** The processes of a storm: the database, the backend and the runners. Each can be killed and is started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerOptions } from '../../options.ts';
import { startBackend, TOKEN } from '../backend.ts';
import { type Child, startChild } from '../child.ts';
import { startDatabase, type TestDatabase } from '../database.ts';
import type { BackendArgument } from './backend-entry.ts';
import { type Line, readLog } from './backend-log.ts';
import type { Fault, Span } from './evidence.ts';
import { RECORD_HISTORY } from './history.ts';
import type { Target } from './schedule.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly runners: number;
  /** Answer everything with 200 at once. */
  readonly calm?: boolean;
  /** How many runners have the write signal off. Default: 1. */
  readonly pollers?: number;
  /** How many processes one slot has in total at most. Default: 1. */
  readonly maxProcesses?: number;
  readonly runnerOptions?: Partial<RunnerOptions>;
}

export interface Cluster {
  readonly database: TestDatabase;
  startRunners(): Promise<void>;
  /** How many calls the backend has received. */
  readonly calls: number;
  /** Calls the listener with the job of each call, when the call begins. */
  onCall(listener: (job: string) => void): void;
  /** Whether a target can be killed now: it is up, and if it is a runner, another runner is up too. */
  mayKill(target: Target): boolean;
  /** kill -9 followed by a restart, or a pause. `which` in [0, 1) chooses among the runners that are up. */
  kill(target: Target, which: number): Promise<void>;
  /** Whether everything that was killed is back. */
  readonly isComplete: boolean;
  /** Resolves when everything that was killed is back. */
  complete(): Promise<void>;
  readonly kills: readonly Target[];
  /** The kills and pauses of runners. */
  readonly faults: readonly Fault[];
  /** When the database was down. */
  readonly outages: readonly Span[];
  /** How long each start of a runner took, in milliseconds. */
  readonly starts: readonly number[];
  log(): Line[];
  close(): Promise<void>;
}

/** A process, which is replaced when it was killed. */
interface Slot {
  name: string;
  processCount: number;
  child: Child | undefined;
}

const ENTRY = {
  backend: new URL('./backend-entry.ts', import.meta.url),
  runner: new URL('../runner-entry.ts', import.meta.url),
};
/** For calls that hang. A calm backend has none, and a busy machine may take longer for an answer. */
const TIMEOUT_MS = 1_500;
/** Longer than the ten seconds after which a runner is dead, plus the beats until other runners notice. */
const PAUSE_MS = 15_000;

export async function createCluster({
  seed,
  runners,
  calm = false,
  pollers = 1,
  maxProcesses = 1,
  runnerOptions,
}: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spookify-chaos-'));
  const log = path.join(folder, 'backend.ndjson');
  const database = await startDatabase('own process');
  await database.query(RECORD_HISTORY);
  const listeners: ((job: string) => void)[] = [];
  const kills: Target[] = [];
  const faults: Fault[] = [];
  const outages: Span[] = [];
  const starts: number[] = [];
  const returns = new Set<Promise<void>>();
  let databaseUp = true;
  let paused = 0;
  let calls = 0;
  let port = 0;
  let failure: Error | undefined;

  const backend: Slot = { name: 'backend', processCount: 0, child: undefined };
  const slots: Slot[] = Array.from({ length: runners }, (_, n) => ({
    name: `r${n + 1}`,
    processCount: 0,
    child: undefined,
  }));

  async function startStormBackend(): Promise<void> {
    const argument: BackendArgument = { seed, log, port, calm };
    const child = await startChild(ENTRY.backend, argument);
    port = Number(child.ready);
    child.onMessage((message) => {
      calls += 1;
      const { called } = message as { called: string };
      for (const listener of listeners) listener(called);
    });
    backend.child = child;
  }

  async function startRunner(slot: Slot): Promise<void> {
    slot.processCount += 1;
    const { token: _, ...options } = template;
    const startedAt = performance.now();
    slot.child = await startChild(ENTRY.runner, {
      backoff: { baseMs: 300, capMs: 2_000 },
      signal: slots.indexOf(slot) >= pollers,
      ...runnerOptions,
      runnerId: nameOf(slot),
      database: { ...database.options, username: nameOf(slot) },
      backends: [
        { ...options, baseUrl: `http://127.0.0.1:${port}/${nameOf(slot)}`, ...(!calm && { timeoutMs: TIMEOUT_MS }) },
      ],
      token: TOKEN,
    });
    starts.push(performance.now() - startedAt);
  }

  await database.addUsers(
    slots.flatMap(({ name }) => Array.from({ length: maxProcesses }, (_, n) => `${name}.${n + 1}`)),
  );
  await startStormBackend();
  const template = await backendTemplate();

  /** Restarts in the background what was killed. */
  function restart(start: () => Promise<void>): void {
    const back = start()
      .catch((error: Error) => {
        failure ??= error;
      })
      .finally(() => returns.delete(back));
    returns.add(back);
  }

  const up = (): Slot[] => slots.filter(({ child }) => child !== undefined);

  async function killDatabase(): Promise<void> {
    databaseUp = false;
    const from = Date.now();
    await database.stop();
    restart(async () => {
      await database.start();
      outages.push({ from, until: Date.now() });
      databaseUp = true;
    });
  }

  async function killSlot(slot: Slot, start: () => Promise<void>): Promise<void> {
    const { child } = slot;
    slot.child = undefined;
    await child?.kill();
    restart(start);
  }

  /** The process keeps its slot and its name. */
  async function pause(slot: Slot): Promise<void> {
    const { child } = slot;
    slot.child = undefined;
    paused += 1;
    child?.signal('SIGSTOP');
    restart(async () => {
      await delay(PAUSE_MS);
      child?.signal('SIGCONT');
      slot.child = child;
      paused -= 1;
    });
  }

  return {
    database,
    startRunners: async () => void (await Promise.all(slots.map(startRunner))),
    get calls() {
      return calls;
    },
    onCall: (listener) => void listeners.push(listener),
    mayKill(target) {
      if (failure !== undefined) throw failure;
      // A gap in its reads makes a runner restart its watches, so it would find no silent runner.
      if (target === 'database') return databaseUp && paused === 0;
      if (target === 'pause' && !databaseUp) return false;
      return target === 'backend' ? backend.child !== undefined : up().length >= Math.min(2, runners);
    },
    async kill(target, which) {
      const slot = target === 'backend' ? backend : up()[Math.floor(which * up().length)];
      kills.push(target);
      if (target === 'database') return await killDatabase();
      if (slot === undefined) throw new Error(`no ${target} is up`);
      const from = Date.now();
      if (target === 'runner') faults.push({ process: nameOf(slot), from, until: Number.POSITIVE_INFINITY });
      if (target === 'pause') {
        faults.push({ process: nameOf(slot), from, until: from + PAUSE_MS });
        await pause(slot);
      } else await killSlot(slot, target === 'backend' ? startStormBackend : () => startRunner(slot));
    },
    get isComplete() {
      return returns.size === 0;
    },
    async complete() {
      while (returns.size > 0) await Promise.all(returns);
      if (failure !== undefined) throw failure;
    },
    kills,
    faults,
    outages,
    starts,
    log: () => readLog(log),
    async close() {
      await Promise.all(returns);
      await Promise.all([...slots, backend].map(({ child }) => child?.kill()));
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The name of the current process in this slot: the prefix of its ids, its database user, and the start of the address
 * that it calls.
 */
function nameOf({ name, processCount }: Slot): string {
  return `${name}.${processCount}`;
}

/** The options of the backend for the runners, without its address. */
async function backendTemplate() {
  const { options, close } = await startBackend();
  await close();
  return options;
}
