/** A delivery to servers that a test starts. Everything ends with the test. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { Secret } from '@spookify/config';
import { onTestFinished } from 'vitest';
import type { RunnerBackend } from '../backends.ts';
import { createDelivery, type Delivery } from '../delivery/deliver.ts';

const LIMITS = { connectTimeoutMs: 1000, bodyTimeoutMs: 1000, maxAnswerBytes: 1024 };

/** Starts an HTTP server on a free port, and returns its URL. */
export const http = (listener: RequestListener): Promise<string> => listen(createHttpServer(listener));

/** Answers each request with these bytes, then closes the connection or not. Returns the URL. */
export const raw = (bytes: string | Buffer, end: boolean): Promise<string> =>
  listen(createTcpServer((socket) => socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes)))));

/** A delivery that reads at most 1 KiB of an answer, and sends the token `s3cret`. */
export function deliveryTo(baseUrl: string, options: Partial<RunnerBackend> = {}): Delivery {
  const routes = { '/spookify': { request: {} } };
  const token = new Secret('s3cret');
  const backend = { name: 'api', baseUrl, table: 'job', routes, token, timeoutMs: 5000, concurrency: 4, ...options };
  const delivery = createDelivery(backend, LIMITS);
  onTestFinished(() => delivery.close());
  return delivery;
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
