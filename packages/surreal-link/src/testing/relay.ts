/** A TCP relay in front of a database that can be cut, or fall silent, without either side closing anything. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Relay {
  readonly url: string;
  /** Bytes that were not passed on, in either direction. */
  readonly withheld: number;
  /** Passes nothing on from now on, in either direction; connections stay open, new ones too. */
  mute(): void;
  unmute(): void;
  /** Ends every connection, as a network does. */
  cut(): void;
}

/** Ends with the test. */
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
