import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { RecordId, Surreal } from 'surrealdb';

const NAMESPACE = 'main';
const DATABASE = 'spookify';
const ROOT = { username: 'root', password: 'root-of-this-test' };

/** A real server with the demo's real schema; the owner's connection does what no client may. */
export interface TestDatabase {
  readonly target: { readonly url: string; readonly namespace: string; readonly database: string };
  /** Runs SurrealQL as the owner of the database, like the runner and the backend do. */
  query<Results extends unknown[]>(text: string, bindings?: Record<string, unknown>): Promise<Results>;
  /** Stops the server; clients see their connection break. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and folder. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startDatabase(storage: 'memory' | 'rocksdb' = 'memory'): Promise<TestDatabase> {
  const folder = storage === 'rocksdb' ? await mkdtemp(join(tmpdir(), 'spookify-client-')) : undefined;
  const start = (port: number): Promise<SurrealServer> =>
    startServer({
      storage: folder === undefined ? { type: 'memory' } : { type: 'rocksdb', path: join(folder, 'data') },
      port,
      root: ROOT,
    });
  let server = await start(0);
  const { port, url } = server;
  let owner = await connectOwner(url);
  await owner.query(
    `DEFINE NAMESPACE IF NOT EXISTS ${NAMESPACE}; USE NS ${NAMESPACE}; DEFINE DATABASE IF NOT EXISTS ${DATABASE};`,
  );
  await owner.use({ namespace: NAMESPACE, database: DATABASE });
  for (const file of ['schema.surql', 'outbox/api.surql']) await owner.query(await readSchema(file));

  const stop = async (): Promise<void> => {
    await owner.close();
    await server.close();
  };
  return {
    target: { url, namespace: NAMESPACE, database: DATABASE },
    query: async <Results extends unknown[]>(text: string, bindings?: Record<string, unknown>) =>
      (await owner.query(text, bindings)) as Results,
    stop,
    start: async () => {
      server = await start(port);
      owner = await connectOwner(url);
      await owner.use({ namespace: NAMESPACE, database: DATABASE });
    },
    close: async () => {
      await stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the suggestion of a thread, as the backend does. */
export async function suggest(
  database: TestDatabase,
  thread: RecordId<'thread'>,
  parts: { title?: string; content?: string },
): Promise<RecordId<'suggestion'>> {
  const id = new RecordId('suggestion', thread.id);
  const row = { thread, written_by: 'offline', ...parts };
  await database.query('UPSERT $id CONTENT $row', { id, row });
  return id;
}

async function connectOwner(url: string): Promise<Surreal> {
  const owner = new Surreal();
  await owner.connect(url, { authentication: ROOT, reconnect: false });
  return owner;
}

function readSchema(file: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../../../schema/${file}`, import.meta.url)), 'utf8');
}
