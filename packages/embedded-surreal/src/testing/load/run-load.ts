/**
 * The load test: 200 clients in groups of four, each group with one live query, on one server in a separate process.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordId, Surreal } from 'surrealdb';
import { connectOwner, defineSchema } from './clients.ts';
import { judgeMemory, type MemoryVerdict } from './memory.ts';
import type { Holdings } from './observed-server.ts';
import { type Action, SimulatedUser } from './simulated-user.ts';

export interface LoadOptions {
  readonly seconds: number;
  /** The number of groups of four connections. Default: 50. */
  readonly users?: number;
  /**
   * The pause of a group after each action, in milliseconds. Default: 1,000, which a busy machine can still keep up
   * with.
   */
  readonly pauseMs?: number;
  readonly progress?: (line: string) => void;
}

export interface LoadReport {
  readonly clients: number;
  readonly seconds: number;
  readonly actions: Record<Action, number>;
  /** Live notifications that arrived. Each is checked. */
  readonly notifications: number;
  readonly memory: MemoryVerdict;
  /** What the server still holds after all clients have disconnected. */
  readonly remaining: Holdings & { readonly liveQueries: number };
  /** Notifications that were lost, misdirected or out of order, reads with wrong rows, and failed requests. */
  readonly problems: readonly string[];
}

const OTHERS = 3;

export async function runLoad({
  seconds,
  users: count = 50,
  pauseMs = 1000,
  progress = () => {},
}: LoadOptions): Promise<LoadReport> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky-load-'));
  const child = startServerProcess(folder);
  try {
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const owner = await connectOwner(url);
    await defineSchema(owner);
    const users = Array.from(
      { length: count },
      (_, index) =>
        new SimulatedUser({ url, name: `person${index}`, others: OTHERS, random: randomNumbers(index + 1) }),
    );
    for (const user of users) await user.connect();
    progress(`${count * (OTHERS + 1)} clients are connected`);

    const ends = performance.now() + seconds * 1000;
    const memory: number[] = [];
    const running = users.map((user, index) => runUser(user, ends, pauseMs, () => noteOf(users[(index + 1) % count])));
    while (performance.now() < ends) {
      memory.push((await ask(child, 'memory')) as number);
      const received = sum(users.map((user) => user.received));
      progress(`${received} notifications received, ${Math.round((memory.at(-1) ?? 0) / 2 ** 20)} MiB`);
      await pause(Math.min(5000, (seconds * 1000) / 30));
    }
    await Promise.all(running);
    await Promise.all(users.map((user) => user.waitForNotifications()));
    await Promise.all(users.map((user) => user.disconnect()));
    const liveQueries = await countLiveQueries(owner, child);
    await owner.close();
    const remaining = await waitForHoldings(
      child,
      ({ connections, sessions, sockets }) => connections + sessions + sockets === 0,
    );
    return {
      clients: count * (OTHERS + 1),
      seconds,
      actions: total(users.map(({ actions }) => actions)),
      notifications: sum(users.map((user) => user.received)),
      memory: judgeMemory(memory),
      remaining: { ...remaining, liveQueries },
      problems: users.flatMap(({ problems }) => problems),
    };
  } finally {
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * With small caches: by default RocksDB uses most of the machine's memory, and filling its caches would look like a
 * leak.
 */
function startServerProcess(folder: string): ChildProcess {
  const entry = new URL('./observed-server.ts', import.meta.url);
  const env = {
    ...process.env,
    SURREAL_ROCKSDB_BLOCK_CACHE_SIZE: String(16 * 2 ** 20),
    SURREAL_ROCKSDB_WRITE_BUFFER_SIZE: String(4 * 2 ** 20),
  };
  return fork(entry, [join(folder, 'data')], {
    env,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function runUser(
  user: SimulatedUser,
  ends: number,
  pauseMs: number,
  foreignNotes: () => RecordId[],
): Promise<void> {
  try {
    while (performance.now() < ends && user.problems.length === 0) {
      await user.act(foreignNotes());
      await pause(pauseMs);
    }
  } catch (error) {
    user.problems.push(String(error));
  }
}

function noteOf(user: SimulatedUser | undefined): RecordId[] {
  const note = user?.someNote();
  return note === undefined ? [] : [note];
}

async function ask(child: ChildProcess, question: 'memory' | 'holdings'): Promise<unknown> {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

const ATTEMPTS = 100;

/** What the server holds once `settled` returns true, or after the last attempt. */
async function waitForHoldings(child: ChildProcess, settled: (holdings: Holdings) => boolean): Promise<Holdings> {
  for (let attempt = 1; ; attempt += 1) {
    const holdings = (await ask(child, 'holdings')) as Holdings;
    if (settled(holdings) || attempt === ATTEMPTS) return holdings;
    await pause(100);
  }
}

/** The number of live queries that the engine still runs when only the owner's connection is left. */
async function countLiveQueries(owner: Surreal, child: ChildProcess): Promise<number> {
  await waitForHoldings(child, ({ connections }) => connections === 1);
  const [info] = await owner.query<[{ lives: object }]>('INFO FOR TABLE note');
  return Object.keys(info.lives).length;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.send('stop');
  await exited;
}

function total(parts: readonly Record<Action, number>[]): Record<Action, number> {
  const actions = Object.keys(parts[0] ?? {}) as Action[];
  return Object.fromEntries(actions.map((action) => [action, sum(parts.map((part) => part[action]))])) as Record<
    Action,
    number
  >;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Random numbers that are the same in every run, so that a run can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
