import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/** A proxy in front of a gateway that closes a socket for a frame over its own limit. */
export interface LimitingProxy {
  readonly url: string;
  /** How many sockets were opened. */
  readonly opened: number;
  close(): Promise<void>;
}

export async function startLimitingProxy(gatewayUrl: string, maxPayload: number): Promise<LimitingProxy> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload });
  await new Promise((resolve) => server.once('listening', resolve));
  let opened = 0;
  server.on('connection', (client, { url = '', headers: { authorization = '' } }) => {
    opened += 1;
    const gateway = new WebSocket(`${gatewayUrl.replace(/^http/, 'ws')}${url}`, { headers: { authorization } });
    const waiting: RawData[] = [];
    client.on('message', (data) => {
      if (gateway.readyState === WebSocket.OPEN) gateway.send(data, { binary: false });
      else waiting.push(data);
    });
    gateway.on('open', () => {
      for (const data of waiting) gateway.send(data, { binary: false });
    });
    gateway.on('message', (data) => client.send(data, { binary: false }));
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      one.on('close', () => other.terminate());
      // `ws` closes the socket with the right code by itself.
      one.on('error', () => undefined);
    }
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get opened() {
      return opened;
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}
