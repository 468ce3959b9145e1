/*
 * The runner's HTTP server: probes and metrics for operators, progress reports from backends.
 *
 *   GET /health    200 as long as the process answers at all
 *   GET /ready     200, or 503 with the reasons
 *   GET /metrics   for Prometheus
 *   POST /progress/<attempt>
 *
 * Plain node:http is enough for four paths and small bodies.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { RunnerError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { EXPOSITION_TYPE } from '../observe/exposition.ts';
import { PROGRESS_PATH, type ProgressEndpoint } from '../progress/endpoint.ts';
import type { HttpOptions } from './options.ts';
import { takeReport } from './progress-route.ts';
import { REFUSALS, type Refusal } from './refusals.ts';

/** What the server exposes. */
export interface ServerParts {
  health(): Record<string, unknown>;
  ready(): { readonly ready: boolean };
  metrics(): Promise<string>;
  readonly progress: ProgressEndpoint;
  readonly logger: Logger;
}

/** A server that listens. */
export interface Listening {
  /** The URL that backends and scrapers reach it by. */
  readonly url: string;
  close(): Promise<void>;
}

/** The same step as `spooky dev` uses to move a stack: ten, so that port numbers stay readable. */
const STEP = 10;
const MOVES = 100;
/** Reports are small and scrapes are short; a slower request is stuck. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Starts listening. A port in use is not an error, because any number of runners may share a machine: the server takes
 * the next free port in steps of ten and logs it.
 *
 * @throws RunnerError SPOOKY_RUNNER_CANNOT_LISTEN
 */
export async function listen(options: HttpOptions, parts: ServerParts): Promise<Listening> {
  const { host = '127.0.0.1', port = 0 } = options;
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer(request, response, parts).catch((error: unknown) => {
        if (!response.headersSent && !response.destroyed) send(response, 500, 'text/plain', '');
        parts.logger.debug({ err: error }, 'a request to the status server failed');
      });
    },
  );
  const listening = await bind(server, host, port);
  if (port !== 0 && listening !== port) {
    parts.logger.warn({ wanted: port, port: listening }, 'the port is in use; the runner listens on another one');
  }
  const url = options.publicUrl ?? `http://${reachable(host)}:${listening}`;
  parts.logger.info({ url }, 'the runner listens for probes, scrapes and progress');
  return {
    url,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path.startsWith(PROGRESS_PATH)) {
    const refusal = request.method === 'POST' ? await takeReport(request, path, parts.progress) : REFUSALS.method;
    if (refusal) return refuse(response, refusal);
    response.writeHead(204).end();
    return;
  }
  if (path !== '/health' && path !== '/ready' && path !== '/metrics') return refuse(response, REFUSALS.noRoute);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, REFUSALS.method);
  if (path === '/health') return sendJson(response, 200, parts.health());
  if (path === '/metrics') return send(response, 200, EXPOSITION_TYPE, await parts.metrics());
  const readiness = parts.ready();
  sendJson(response, readiness.ready ? 200 : 503, readiness);
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (status === 405) response.setHeader('allow', 'GET, HEAD, POST');
  // The rest of a body that is too large is not read.
  if (status === 413) response.setHeader('connection', 'close');
  sendJson(response, status, { code, message });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

async function bind(server: ReturnType<typeof createServer>, host: string, wanted: number): Promise<number> {
  for (let move = 0; ; move += 1) {
    const port = wanted + move * STEP;
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (taken && move < MOVES && port + STEP <= 65_535) continue;
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new RunnerError(
        'SPOOKY_RUNNER_CANNOT_LISTEN',
        `the runner cannot listen on ${host}:${port} (${code}); set runner.host or runner.port in sp00ky.yml (SPOOKY_RUNNER_HOST and SPOOKY_RUNNER_PORT override them); with runner.port: 0 the runner does not listen`,
        { cause: error },
      );
    }
  }
}

/** For an address that means all interfaces: a host name that other machines may know. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}
