import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';
import { isConflict } from '@spookify/surreal-link';
import { RecordId, Surreal } from 'surrealdb';
import type { DatabaseOptions } from '../connection.ts';
import { installOwnership } from '../ownership/install.ts';
import { startChild } from './child.ts';
import { TEST_SCHEMA } from './schema.ts';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const RUNNER = { username: 'runner', password: 'runner-of-a-test' };
const NAMES = { namespace: 'main', database: 'spookify' };

export interface TestDatabase {
  /** The connection options of a runner. */
  readonly options: DatabaseOptions;
  /** Runs statements as the owner of the database, and returns the last result. */
  query<T = unknown>(statements: string, bindings?: Record<string, unknown>): Promise<T>;
  /** Inserts one job without a creator, and returns its id. */
  insert(fields?: Record<string, unknown>): Promise<RecordId>;
  /** Adds service users like the runner's, with the same password. */
  addUsers(names: readonly string[]): Promise<void>;
  row(id: RecordId): Promise<Record<string, unknown>>;
  /**
   * Ends the server (kill -9, if it runs in its own process). `start` starts it again with its data on the same port.
   */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** A server in its own process answers nothing from now on, and keeps its connections. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Starts the real server on RocksDB, with the schema of the tests and a service user for the runner. */
export async function startDatabase(where: 'here' | 'own process' = 'here'): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spookify-runner-'));
  const serve = where === 'here' ? serveHere : serveInOwnProcess;
  const options = { storage: { type: 'rocksdb', path: path.join(folder, 'data') }, root: ROOT } as const;
  let server = await serve({ ...options, port: 0 });
  let owner = await connect(server.port);
  const { port } = server;

  async function start(): Promise<void> {
    server = await serve({ ...options, port });
    owner = await connect(port);
  }

  async function stop(): Promise<void> {
    await owner.close();
    await server.end();
  }

  async function query<T>(statements: string, bindings?: Record<string, unknown>): Promise<T> {
    for (;;) {
      try {
        const results: unknown[] = await owner.query(statements, bindings);
        return results.at(-1) as T;
      } catch (error) {
        // The runner writes at the same time.
        if (!isConflict(error)) throw error;
      }
    }
  }

  await query(`DEFINE NAMESPACE IF NOT EXISTS ${NAMES.namespace}; USE NS ${NAMES.namespace};
    DEFINE DATABASE IF NOT EXISTS ${NAMES.database}`);
  await owner.use(NAMES);
  await query(TEST_SCHEMA);
  await installOwnership({ queryAll: query });
  await query(`DEFINE USER OVERWRITE runner ON DATABASE PASSWORD '${RUNNER.password}' ROLES EDITOR`);

  return {
    options: { url: `ws://127.0.0.1:${port}/rpc`, ...NAMES, ...RUNNER },
    query,
    async insert(fields = {}) {
      const [id] = await query<RecordId[]>('CREATE job CONTENT $fields RETURN VALUE id', {
        fields: { path: '/spookify', payload: { id: 'thread:a' }, ...fields },
      });
      if (!(id instanceof RecordId)) throw new Error('the job was not inserted');
      return id;
    },
    async addUsers(names) {
      // The hash is copied, because computing one takes 30 ms.
      const like = await query<string>('INFO FOR USER runner ON DATABASE');
      await query(names.map((name) => like.replace('USER runner ON', () => `USER OVERWRITE \`${name}\` ON`)).join(';'));
    },
    async row(id) {
      const [row] = await query<Record<string, unknown>[]>('SELECT * FROM $id', { id });
      if (row === undefined) throw new Error(`there is no ${id}`);
      return row;
    },
    stop,
    start,
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Served {
  readonly port: number;
  end(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

async function serveHere(options: ServerOptions): Promise<Served> {
  const server = await startServer(options);
  return { port: server.port, end: () => server.close(), signal() {} };
}

async function serveInOwnProcess(options: ServerOptions): Promise<Served> {
  const { ready, kill, signal } = await startChild(new URL('./server-entry.ts', import.meta.url), options);
  return { port: Number(ready), end: kill, signal };
}

async function connect(port: number): Promise<Surreal> {
  const owner = new Surreal();
  await owner.connect(`ws://127.0.0.1:${port}/rpc`, { ...NAMES, authentication: ROOT, reconnect: false });
  return owner;
}
