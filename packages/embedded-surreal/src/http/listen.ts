import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EmbeddedSurrealError } from '../errors.ts';

/**
 * Starts listening and returns the port.
 *
 * @throws EmbeddedSurrealError SPOOKY_DB_ADDRESS_IN_USE or SPOOKY_DB_LISTEN_FAILED
 */
export async function listen(http: Server, host: string, port: number): Promise<number> {
  const listening = Promise.withResolvers<void>();
  http.once('listening', listening.resolve);
  http.once('error', (cause: NodeJS.ErrnoException) => listening.reject(listenError(host, port, cause)));
  http.listen(port, host);
  await listening.promise;
  return (http.address() as AddressInfo).port;
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): EmbeddedSurrealError {
  if (cause.code === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is in use. Stop the program there, or choose another port (0 = any free one).`;
    return new EmbeddedSurrealError('SPOOKY_DB_ADDRESS_IN_USE', message, { cause });
  }
  const message = `Cannot listen on ${host}:${port} (${cause.message}). Choose an address of this machine and a port that you may use.`;
  return new EmbeddedSurrealError('SPOOKY_DB_LISTEN_FAILED', message, { cause });
}

/** Stops accepting connections. Resolves when every HTTP request is answered and its connection closed. */
export async function endListening(http: Server): Promise<void> {
  const ended = Promise.withResolvers<void>();
  http.close(() => ended.resolve());
  // Node keeps a connection that was busy at this moment alive for its next request.
  const timer = setInterval(() => http.closeIdleConnections(), 20);
  timer.unref();
  await ended.promise;
  clearInterval(timer);
}
