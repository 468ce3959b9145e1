/** The official SDK connected to the server, over both transports and in both modes, and to the engine alone. */
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll } from 'vitest';
import { type SurrealServer, startServer } from '../server.ts';
import { root } from './database.ts';
import { modes } from './modes.ts';

export interface Target {
  /** The transport, and the mode unless it is the open one. */
  readonly name: string;
  readonly transport: 'ws' | 'http' | 'engine';
  readonly serviceOnly: boolean;
  /** A client signed in as root, with a new database. Closed after the tests. */
  client(): Promise<Surreal>;
}

let databases = 0;
const newDatabase = () => ({ namespace: 'conformance', database: `test${++databases}` });

/** The targets. All tests of the calling file share one server per mode. */
export function targets(): readonly Target[] {
  const servers = new Map<boolean, SurrealServer>();
  const clients: Surreal[] = [];
  beforeAll(async () => {
    for (const { serviceOnly } of modes) {
      servers.set(serviceOnly, await startServer({ storage: { type: 'memory' }, root, serviceOnly }));
    }
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all([...servers.values()].map((server) => server.close()));
  });
  const running = (serviceOnly: boolean): SurrealServer => {
    const server = servers.get(serviceOnly);
    if (server === undefined) throw new Error('The servers start before the first test.');
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
  // Imported only after the server has started, because the engine reads the number of threads while it is loaded.
  const connectToEngine = async (): Promise<Surreal> => {
    const { createNodeEngines } = await import('@surrealdb/node');
    return connect('mem://', { engines: createNodeEngines() }, false);
  };
  const ofMode = ({ mode, serviceOnly }: (typeof modes)[number]): Target[] => {
    const httpUrl = () => `http://${running(serviceOnly).host}:${running(serviceOnly).port}`;
    const suffix = serviceOnly ? ` in ${mode}` : '';
    return [
      { name: `ws${suffix}`, transport: 'ws', serviceOnly, client: () => connect(running(serviceOnly).url) },
      { name: `http${suffix}`, transport: 'http', serviceOnly, client: () => connect(httpUrl()) },
    ];
  };
  return [
    ...modes.flatMap(ofMode),
    { name: 'engine', transport: 'engine', serviceOnly: false, client: connectToEngine },
  ];
}
