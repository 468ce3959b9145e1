import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/** A proxy in front of a database that counts the requests of its clients. */
export interface CountingProxy {
  readonly url: string;
  /** Requests since the last `reset`, and the highest number that were unanswered at the same time. */
  readonly requests: number;
  readonly mostAtOnce: number;
  reset(): void;
  close(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  await once(server, 'listening');
  let [requests, open, mostAtOnce] = [0, 0, 0];
  server.on('connection', (client, { headers }) => {
    const { 'sec-websocket-protocol': protocol } = headers;
    const database = new WebSocket(target, protocol === undefined ? [] : protocol.split(/,\s*/));
    const connected = once(database, 'open');
    // Requests of this connection that have no answer yet. They end with it.
    let own = 0;
    connected.catch(() => client.terminate());
    client.on('message', async (data: RawData, binary) => {
      requests += 1;
      own += 1;
      open += 1;
      mostAtOnce = Math.max(mostAtOnce, open);
      await connected.catch(() => undefined);
      if (database.readyState === WebSocket.OPEN) database.send(data, { binary });
    });
    database.on('message', (data, binary) => {
      own -= 1;
      open -= 1;
      client.send(data, { binary });
    });
    client.on('close', () => {
      open -= own;
      own = 0;
      database.terminate();
    });
    database.on('close', () => client.terminate());
    for (const socket of [client, database]) socket.on('error', () => undefined);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/rpc`,
    get requests() {
      return requests;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    reset() {
      requests = 0;
      mostAtOnce = open;
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}
