import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** An HTTP proxy that leads every request to one server, whatever host the client names. */
export interface HttpProxy {
  readonly url: string;
  /** The hosts that clients asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startHttpProxy(target: string): Promise<HttpProxy> {
  const { hostname, port } = new URL(target);
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    const { host, pathname } = new URL(incoming.url ?? '');
    asked.push(host);
    const { method, headers } = incoming;
    incoming.pipe(
      request({ hostname, port, path: pathname, method, headers }, (answer) => {
        answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
      }),
    );
  });
  server.on('connect', ({ url = '' }, socket) => {
    asked.push(url.replace(/:80$/, ''));
    const tunnel = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('error', () => tunnel.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
