import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '@spookify/config';
import { startServer } from '@spookify/embedded-surreal';
import { RecordId, Surreal } from 'surrealdb';
import type { DatabaseSettings } from '../settings.ts';

const SCHEMA = path.resolve(import.meta.dirname, '../../../../schema');
const ROOT = { username: 'root', password: 'root-of-a-test' };

/** A real database server on a free port and on disk, with the schema of the project. */
export interface TestDatabase {
  settings: DatabaseSettings;
  /** A connection signed in as the owner. */
  owner: Surreal;
  createUser(name: string): Promise<RecordId<'user'>>;
  /** Stops the server as an outage would; the data stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-'));
  const storage = { type: 'rocksdb', path: path.join(folder, 'data') } as const;
  let server = await startServer({ storage, root: ROOT });
  const { port } = server;
  const scope = { namespace: 'test', database: 'test' };
  const password = 'password-of-the-api';
  const owner = new Surreal();
  await owner.connect(server.url, {
    ...scope,
    authentication: ROOT,
    reconnect: { enabled: true, attempts: -1, retryDelay: 50, retryDelayMax: 100 },
  });
  await owner.query(await readFile(path.join(SCHEMA, 'schema.surql'), 'utf8'));
  await owner.query(await readFile(path.join(SCHEMA, 'outbox/api.surql'), 'utf8'));
  await owner.query(`DEFINE USER OVERWRITE api ON DATABASE PASSWORD '${password}' ROLES EDITOR;`);

  let count = 0;
  return {
    settings: { url: server.url, ...scope, username: 'api', password: new Secret(password) },
    owner,
    async createUser(name) {
      const id = new RecordId('user', `${name}${count++}`);
      await owner.query('CREATE ONLY $id SET username = $name', { id, name: id.id });
      return id;
    },
    stop: () => server.close(),
    async restart() {
      server = await startServer({ storage, root: ROOT, port });
    },
    async close() {
      await owner.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
