import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Valve {
  /** The URL to use instead of the target's. */
  readonly url: string;
  /** Holds back what the target answers from now on. */
  shut(): void;
  /** Resolves when some of it has been passed on. */
  open(): Promise<void>;
  /** Breaks all connections, and every new one until `mend`. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** A TCP proxy between one runner and its database that a test can block without affecting other runners. */
export async function startValve(target: string): Promise<Valve> {
  const upstreams = new Set<Socket>();
  const clients = new Set<Socket>();
  let isCut = false;

  function breakAll(): void {
    for (const socket of [...upstreams, ...clients]) socket.destroy();
    upstreams.clear();
    clients.clear();
  }

  const server = createServer((client) => {
    if (isCut) return client.destroy();
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
    shut() {
      for (const socket of upstreams) socket.pause();
    },
    async open() {
      const passed = [...upstreams].map((socket) => once(socket, 'data'));
      for (const socket of upstreams) socket.resume();
      await Promise.race(passed);
    },
    cut() {
      isCut = true;
      breakAll();
    },
    mend() {
      isCut = false;
    },
    close() {
      breakAll();
      server.close();
    },
  };
}
