/* The HTTP server of a service's status pages. Plain node:http is enough for a few paths and small bodies. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';

export interface StatusServerOptions {
  /** The address to listen on, such as `127.0.0.1` for this machine only. */
  readonly host: string;
  /** The port to listen on; 0 for any free port. */
  readonly port: number;
  /** Answers one request. If it throws, the answer is the status 500. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Called with each error that `answer` throws. */
  readonly onFailed: (error: unknown) => void;
  /** The error to throw if the server cannot listen. `reason` is the system's code, such as EADDRNOTAVAIL. */
  readonly cannotListen: (address: string, reason: string, cause: unknown) => Error;
}

/** A status server that listens. */
export interface OpenStatusServer {
  /** The port that it listens on. */
  readonly port: number;
  /** The URL by which others reach it: with the machine's name if it listens on all addresses. */
  readonly url: string;
  /** Closes it and all its connections. */
  close(): Promise<void>;
}

/** The same step as `spooky dev` uses to move a stack: ten, so that port numbers stay readable. */
const STEP = 10;
const MOVES = 100;
/** Reports are small and scrapes are short; a slower request is stuck. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Starts listening. A port in use is not an error, because any number of services may share a machine: the server takes
 * the next free port in steps of ten.
 *
 * @throws what `cannotListen` returns, if no port is free or the address is not one of this machine
 */
export async function openStatusServer(options: StatusServerOptions): Promise<OpenStatusServer> {
  const { host, answer, onFailed } = options;
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        if (!response.headersSent && !response.destroyed) response.writeHead(500).end();
        onFailed(error);
      });
    },
  );
  const port = await bind(server, options);
  return {
    port,
    url: `http://${reachable(host)}:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bind(server: Server, { host, port: wanted, cannotListen }: StatusServerOptions): Promise<number> {
  for (let move = 0; ; move += 1) {
    const port = wanted + move * STEP;
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (reason === 'EADDRINUSE' && move < MOVES && port + STEP <= 65_535) continue;
      throw cannotListen(`${host}:${port}`, reason, error);
    }
  }
}

/** For an address that means all interfaces: a host name that other machines may know. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}
