/** The same official SDK against the server, over both its transports, and against the engine alone. */
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll } from 'vitest';
import { type SurrealServer, startServer } from '../server.ts';
import { root } from './database.ts';

export type TargetName = 'ws' | 'http' | 'engine';

export interface Target {
  readonly name: TargetName;
  /** A client of a database of its own, signed in as root; closed after the tests. */
  client(): Promise<Surreal>;
}

let databases = 0;
const newDatabase = () => ({ namespace: 'conformance', database: `test${++databases}` });

/** The targets, for one server that the calling file's tests share. */
export function targets(): { readonly all: readonly Target[]; readonly server: () => SurrealServer } {
  let server: SurrealServer | undefined;
  const clients: Surreal[] = [];
  beforeAll(async () => {
    server = await startServer({ storage: { type: 'memory' }, root });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server?.close();
  });
  const running = (): SurrealServer => {
    if (server === undefined) throw new Error('The server starts before the first test.');
    return server;
  };
  const connect = async (url: string, options = {}, isServer = true): Promise<Surreal> => {
    const client = new Surreal(options);
    clients.push(client);
    await client.connect(url);
    if (isServer) await client.signin(root);
    await client.use(newDatabase());
    return client;
  };
  // Imported no sooner than the server's first start: the engine reads its number of threads while it is loaded.
  const connectToEngine = async (): Promise<Surreal> => {
    const { createNodeEngines } = await import('@surrealdb/node');
    return connect('mem://', { engines: createNodeEngines() }, false);
  };
  const all: Target[] = [
    { name: 'ws', client: () => connect(running().url) },
    { name: 'http', client: () => connect(`http://${running().host}:${running().port}`) },
    { name: 'engine', client: connectToEngine },
  ];
  return { all, server: running };
}
