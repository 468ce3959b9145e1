/** The two sides of the benchmark: the SDK connected to a server process, and the SDK on an engine in this process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeEngines } from '@surrealdb/node';
import { Surreal } from 'surrealdb';

const root = { username: 'root', password: 'correct "horse" \\ battéry' };
const selected = { namespace: 'main', database: 'bench' };

export interface Sides {
  /** A client of the server process. */
  readonly server: Surreal;
  /** A second client of the server process. */
  readonly listener: Surreal;
  /** A client of the engine in this process. */
  readonly inProcess: Surreal;
  end(): Promise<void>;
}

/** Starts both, each on its own RocksDB folder. `nodeOptions` go to the server process. */
export async function startSides(nodeOptions: readonly string[]): Promise<Sides> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky-bench-'));
  const entry = new URL('./server-process.ts', import.meta.url);
  const child = fork(entry, [join(folder, 'server')], {
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url, message }] = (await once(child, 'message')) as [{ url?: string; message?: string }];
  if (url === undefined) throw new Error(`The server did not start: ${message}`);
  const server = await connectTo(url);
  const listener = await connectTo(url);
  const inProcess = new Surreal({ engines: createNodeEngines() });
  await inProcess.connect(`rocksdb://${join(folder, 'in-process')}`, { ...selected });
  return {
    server,
    listener,
    inProcess,
    end: async () => {
      await Promise.all([server.close(), listener.close(), inProcess.close()]);
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connectTo(url: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(url, { ...selected, authentication: root });
  return client;
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.send('stop');
  await exited;
}
