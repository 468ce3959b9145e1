import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BlockableProxy {
  /** The URL to use instead of the target's. */
  readonly url: string;
  /** Holds back what the target answers from now on. */
  block(): void;
  /** Resolves when some of it has been passed on. */
  unblock(): Promise<void>;
  /** Breaks all connections, and every new one until `reconnect`. */
  disconnect(): void;
  reconnect(): void;
  close(): void;
}

/** A TCP proxy between one runner and its database that a test can block without affecting other runners. */
export async function startProxy(target: string): Promise<BlockableProxy> {
  const upstreams = new Set<Socket>();
  const clients = new Set<Socket>();
  let isDisconnected = false;

  function breakAll(): void {
    for (const socket of [...upstreams, ...clients]) socket.destroy();
    upstreams.clear();
    clients.clear();
  }

  const server = createServer((client) => {
    if (isDisconnected) return client.destroy();
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    upstreams.add(upstream);
    clients.add(client);
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (data) => to.write(data));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`,
    block() {
      for (const socket of upstreams) socket.pause();
    },
    async unblock() {
      const passed = [...upstreams].map((socket) => once(socket, 'data'));
      for (const socket of upstreams) socket.resume();
      await Promise.race(passed);
    },
    disconnect() {
      isDisconnected = true;
      breakAll();
    },
    reconnect() {
      isDisconnected = false;
    },
    close() {
      breakAll();
      server.close();
    },
  };
}
