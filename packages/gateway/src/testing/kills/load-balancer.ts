import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP load balancer as production has one: each connection goes to the next gateway that accepts it. */
export interface LoadBalancer {
  readonly url: string;
  /** When each connection was opened, on the monotonic clock, in milliseconds. */
  readonly openedAt: readonly number[];
  close(): Promise<void>;
}

/** @param ports where the gateways listen, now or later */
export async function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  const sockets = new Set<Socket>();
  const openedAt: number[] = [];
  let next = 0;

  /** Resolves with a connection to the next gateway that accepts one; undefined if none does. */
  async function connectAny(): Promise<Socket | undefined> {
    const first = next;
    next = (next + 1) % ports.length;
    for (const port of [...ports.slice(first), ...ports.slice(0, first)]) {
      const upstream = connect(port, '127.0.0.1');
      const isConnected = await once(upstream, 'connect').then(
        () => true,
        () => false,
      );
      if (isConnected) return upstream;
    }
    return undefined;
  }

  const server = createServer({ pauseOnConnect: true }, async (client) => {
    openedAt.push(performance.now());
    client.on('error', () => undefined);
    const upstream = await connectAny();
    if (upstream === undefined) return client.destroy();
    upstream.on('error', () => undefined);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    openedAt,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
