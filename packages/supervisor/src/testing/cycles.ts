/**
 * Spawns and ends hundreds of processes and reports what remains in the host. It is a separate program, so that nothing
 * else allocates in it. Prints one line of JSON. The entries are in the `dist/` of ROOT. Commands are cheaper and take
 * the same path through the supervisor except for the channel.
 *
 *     node --expose-gc cycles.ts ROOT ENTRIES COMMANDS
 */
import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { createSupervisor } from '../supervisor.ts';
import { childrenOf } from './process-table.ts';

/** More than `limits.history`, so that the history is full before anything is measured. */
const WARM_UP = { entries: 21, commands: 110 };
/** How many processes run at the same time. */
const CONCURRENCY = 5;

export interface HostResources {
  readonly descriptors: number;
  /** Active resources of the event loop by type: sockets, pipes, timers, children. */
  readonly resources: Readonly<Record<string, number>>;
  /** Living child processes. */
  readonly children: number;
  /** MiB, after a garbage collection. */
  readonly heap: number;
  readonly resident: number;
}

export interface CyclesReport {
  readonly before: HostResources;
  readonly after: HostResources;
  readonly closed: HostResources;
  readonly states: Readonly<Record<string, number>>;
}

const [, , root = '.', entries = '500', commands = '0'] = process.argv;
const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
const states: Record<string, number> = {};
const endings = new Map<string, () => void>();
supervisor.onLifecycle(({ processId, state, exit }) => {
  if (exit === undefined) return;
  states[state] = (states[state] ?? 0) + 1;
  endings.get(processId)?.();
});

/**
 * The ways in which an entry ends: killed immediately, stopped, killed from outside, completed, not loadable, never
 * ready, stuck.
 */
const ENDINGS: readonly (() => Promise<unknown>)[] = [
  async () => (await supervisor.spawn({ entry: 'dist/ready.js', stopTimeoutMs: 0 })).stop(),
  async () => (await supervisor.spawn({ entry: 'dist/ready.js' })).stop(),
  () => ended('dist/ready.js', (pid) => process.kill(pid, 'SIGKILL')),
  () => ended('dist/done.js', () => {}),
  () => supervisor.spawn({ entry: 'dist/broken.js' }).catch(() => {}),
  () => supervisor.spawn({ entry: 'dist/late.js', startupTimeoutMs: 150 }).catch(() => {}),
  () => ended('dist/stuck.js', () => {}, 150),
];

async function ended(entry: string, act: (pid: number) => void, heartbeatTimeoutMs = 15_000): Promise<void> {
  const { processId, info } = await supervisor.spawn({ entry, heartbeatTimeoutMs });
  const { promise, resolve } = Promise.withResolvers<void>();
  endings.set(processId, resolve);
  act(info.pid ?? 0);
  if ((await supervisor.get(processId))?.exit === undefined) await promise;
  endings.delete(processId);
}

const command = { kind: 'sleep', command: 'sleep', args: ['1000'], stopTimeoutMs: 0 };

async function run(count: { readonly entries: number; readonly commands: number }): Promise<void> {
  const all = [
    ...Array.from({ length: count.entries }, (_, index) => ENDINGS[index % ENDINGS.length]),
    ...Array.from({ length: count.commands }, () => async () => (await supervisor.spawnCommand(command)).stop()),
  ];
  const worker = async () => {
    for (let work = all.pop(); work !== undefined; work = all.pop()) await work();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function measureHost(): Promise<HostResources> {
  for (let round = 0; round < 5; round += 1) {
    await turn();
    globalThis.gc?.();
  }
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { heapUsed, rss } = process.memoryUsage();
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  return {
    descriptors,
    resources,
    children: childrenOf(process.pid).length,
    heap: heapUsed / 2 ** 20,
    resident: rss / 2 ** 20,
  };
}

await run(WARM_UP);
const before = await measureHost();
await run({ entries: Number(entries), commands: Number(commands) });
const after = await measureHost();
await supervisor.close();
const report: CyclesReport = { before, after, closed: await measureHost(), states };
console.log(JSON.stringify(report));
