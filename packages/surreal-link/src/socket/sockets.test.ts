import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { isLoopback } from './loopback.ts';
import { socketFor } from './sockets.ts';

it.for([
  ['ws://127.0.0.1:8000/rpc', true],
  ['ws://127.1:8000/rpc', true],
  ['ws://127.200.3.4/rpc', true],
  ['ws://localhost/rpc', true],
  ['ws://LOCALHOST./rpc', true],
  ['ws://db.localhost/rpc', true],
  ['ws://[::1]:8000/rpc', true],
  ['ws://[::ffff:127.0.0.1]/rpc', true],
  ['ws://128.0.0.1/rpc', false],
  ['ws://127.0.0.1.example.com/rpc', false],
  ['ws://localhost.example.com/rpc', false],
  ['ws://notlocalhost/rpc', false],
  ['wss://database/rpc', false],
  ['ws://[::2]/rpc', false],
  ['ws://0.0.0.0/rpc', false],
] as const)('%s is on this machine: %s', ([url, expected]) => {
  expect(isLoopback(new URL(url))).toBe(expected);
});

it("uses the platform's WebSocket for other machines if the environment asks for a proxy", () => {
  const [here, there] = [new URL('ws://127.0.0.1/rpc'), new URL('ws://database.example/rpc')];
  expect(socketFor(here, true).prototype).not.toBeInstanceOf(WebSocket);
  expect(socketFor(there, false).prototype).not.toBeInstanceOf(WebSocket);
  expect(socketFor(there, true).prototype).toBeInstanceOf(WebSocket);
});

it.for([
  [true, 'the platform'],
  [false, 'ws'],
] as const)('reports a server that is not a WebSocket server, through %s', async ([usesProxy]) => {
  const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // A host name that is not loopback, so that the parameter decides.
  const Socket = socketFor(new URL('ws://elsewhere'), usesProxy);
  const socket = new Socket(`ws://127.0.0.1:${port}/rpc`, 'cbor');
  const seen: string[] = [];
  for (const type of ['error', 'close'] as const) socket.addEventListener(type, () => seen.push(type));
  await new Promise((resolve) => socket.addEventListener('close', resolve));
  expect(seen).toEqual(['error', 'close']);
});
