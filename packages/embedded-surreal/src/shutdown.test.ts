/** What clients see when a server stops: answers to their running requests, a close frame, and never a long wait. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { codec } from './protocol/codec.ts';
import type { SurrealServer } from './server.ts';
import { connectRoot, names, root, startTestServer } from './testing/database.ts';
import { eventLoopTime } from './testing/event-loop-time.ts';
import { RawClient } from './testing/raw-client.ts';

async function rawRoot({ url }: SurrealServer): Promise<RawClient> {
  const client = await RawClient.connect(url);
  await client.call('signin', [{ user: root.username, pass: root.password }]);
  await client.call('use', [names.namespace, names.database]);
  return client;
}

const http = ({ port }: SurrealServer, route: string, body?: string) =>
  fetch(`http://127.0.0.1:${port}${route}`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(`${root.username}:${root.password}`).toString('base64')}`,
      'surreal-ns': names.namespace,
      'surreal-db': names.database,
    },
    ...(body === undefined ? {} : { body }),
  });

it('answers running requests first, over WebSocket and HTTP, and refuses later ones', async () => {
  const server = await startTestServer({ closeTimeoutMs: 30_000 });
  const client = await rawRoot(server);
  const socketClosed = once(client.socket, 'close');
  // Long enough that even a slow machine closes the server before the query ends.
  const running = client.call('query', ['SLEEP 6s; RETURN 7']);
  const posted = http(server, '/sql', 'SLEEP 6s; RETURN 8');
  // Once a short request on the same path is answered, their connections are open.
  await (await http(server, '/sql', 'RETURN 0')).json();

  const closed = server.close();
  const late = client.call('query', ['RETURN 9']);
  // Answers arrive as they become ready, and the refusal is ready at once.
  expect((await running).error?.message).toBe('The server is gracefully shutting down');
  expect((await late).result).toMatchObject([{}, { result: 7 }]);
  expect(await (await posted).json()).toMatchObject([{}, { result: 8 }]);
  const [code, reason] = await socketClosed;
  expect([code, String(reason)]).toEqual([1001, 'The server is gracefully shutting down']);
  await closed;
  await expect(http(server, '/sql', 'RETURN 0')).rejects.toThrow();
});

it('closes in bounded time during a query of a minute, with a close frame for the client that waits', async () => {
  const server = await startTestServer({ closeTimeoutMs: 200 });
  const client = await rawRoot(server);
  const socketClosed = once(client.socket, 'close');
  client.socket.send(codec.encode({ id: 1, method: 'query', params: ['SLEEP 60s'] }));
  const posted = http(server, '/sql', 'SLEEP 60s').then(
    () => 'answered',
    () => 'cut',
  );
  await (await http(server, '/sql', 'RETURN 0')).json();
  expect(await eventLoopTime(() => Promise.all([server.close(), server.close()]))).toBeLessThan(1500);
  expect((await socketClosed)[0]).toBe(1001);
  expect(await posted).toBe('cut');
  await server.close();
});

it('closes in bounded time with clients that never disconnect, and one that does not read its export', async () => {
  const server = await startTestServer({ closeTimeoutMs: 200 });
  const owner = await connectRoot(server.url);
  await owner.query('FOR $i IN 0..60 { CREATE note SET text = string::repeat("x", 1000000) }');
  const exported = await http(server, '/export');
  expect(exported.status).toBe(200);
  // Upgrades the connection, then neither reads nor answers.
  const silent = connect(server.port, '127.0.0.1');
  onTestFinished(() => void silent.destroy());
  const key = Buffer.alloc(16).toString('base64');
  silent.write(
    `GET /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: cbor\r\n\r\n`,
  );
  await once(silent, 'readable');
  // Connects and sends half a request.
  const half = connect(server.port, '127.0.0.1');
  onTestFinished(() => void half.destroy());
  half.write('POST /sql HTTP/1.1\r\nContent-Length: 100\r\n\r\nRETURN');
  await once(half, 'connect');
  expect(await eventLoopTime(() => server.close())).toBeLessThan(1500);
  await expect(exported.arrayBuffer()).rejects.toThrow();
});
