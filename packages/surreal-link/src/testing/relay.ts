/** A TCP relay in front of a database. It can cut its connections, or stop passing data on without closing anything. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Relay {
  readonly url: string;
  /** The number of bytes that were not passed on, in either direction. */
  readonly withheld: number;
  /** Stops passing data on, in either direction. Connections stay open, also new ones. */
  mute(): void;
  unmute(): void;
  /** Closes every connection, as a network failure does. */
  cut(): void;
}

/** Starts a relay. It ends with the test. */
export async function startRelay(target: string): Promise<Relay> {
  const { port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let isMute = false;
  let withheld = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (data) => {
        if (!isMute) to.write(data);
        else withheld += data.length;
      });
      from.on('close', () => {
        sockets.delete(from);
        if (!isMute) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `ws://127.0.0.1:${port}/rpc`,
    get withheld() {
      return withheld;
    },
    mute() {
      isMute = true;
    },
    unmute() {
      isMute = false;
    },
    cut,
  };
}
