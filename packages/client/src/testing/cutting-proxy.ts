import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between a client and a gateway that can fail. */
export interface CuttingProxy {
  readonly url: string;
  /** Whether connections are refused. */
  isDown: boolean;
  /** Breaks all connections. */
  cut(): void;
  /**
   * Breaks all connections after their next request has reached the gateway, so that its answer is lost. A connection
   * without a request breaks after a moment.
   */
  cutAnswers(): void;
  /** Loses everything that the gateway sends on the present connections, which stay open until they are cut. */
  loseAnswers(): void;
  close(): Promise<void>;
}

const MUTE_MS = 300;

/** @param target the URL of the gateway; read for each connection */
export async function startCuttingProxy(target: () => string): Promise<CuttingProxy> {
  const pairs = new Set<{ readonly client: Socket; readonly gateway: Socket; isMute: boolean; isDeaf: boolean }>();
  let isDown = false;
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (isDown) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target());
    const gateway = connect(Number(port), hostname);
    const pair = { client, gateway, isMute: false, isDeaf: false };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      gateway.destroy();
    };
    gateway.on('error', end);
    for (const socket of [client, gateway]) socket.on('close', end);
    client.on('data', (data) => {
      gateway.write(data);
      if (!pair.isMute) return;
      // Not destroyed: the gateway must still read the request.
      pairs.delete(pair);
      gateway.end();
      client.destroy();
    });
    gateway.on('data', (data) => !pair.isMute && !pair.isDeaf && client.write(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const { client } of [...pairs]) client.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get isDown() {
      return isDown;
    },
    set isDown(down) {
      isDown = down;
      if (down) cut();
    },
    cut,
    cutAnswers() {
      for (const pair of pairs) {
        pair.isMute = true;
        setTimeout(() => pair.client.destroy(), MUTE_MS).unref();
      }
    },
    loseAnswers() {
      for (const pair of pairs) pair.isDeaf = true;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
