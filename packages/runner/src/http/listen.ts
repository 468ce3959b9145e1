/*
 * The runner's HTTP server: probes and metrics for operators, progress reports from backends.
 *
 *   GET /health, /ready, /metrics
 *   POST /progress/<attempt>
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerStatus, openStatusServer, type StatusPages, sendJson } from '@spookify/surreal-link/status';
import { RunnerError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { PROGRESS_PATH, type ProgressEndpoint } from '../progress/endpoint.ts';
import type { HttpOptions } from './options.ts';
import { takeReport } from './progress-route.ts';
import { REFUSALS, type Refusal } from './refusals.ts';

/** What the server exposes. */
export interface ServerParts extends StatusPages {
  readonly progress: ProgressEndpoint;
  readonly logger: Logger;
}

/** A server that listens. */
export interface Listening {
  /** The URL that backends and scrapers reach it by. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts listening. A port in use is not an error: the server takes the next free port in steps of ten and logs it.
 *
 * @throws RunnerError SPOOKY_RUNNER_CANNOT_LISTEN
 */
export async function listen(options: HttpOptions, parts: ServerParts): Promise<Listening> {
  const { host = '127.0.0.1', port = 0 } = options;
  const server = await openStatusServer({
    host,
    port,
    answer: (request, response) => answer(request, response, parts),
    onFailed: (error) => parts.logger.debug({ err: error }, 'a request to the status server failed'),
    cannotListen: (address, reason, cause) =>
      new RunnerError(
        'SPOOKY_RUNNER_CANNOT_LISTEN',
        `the runner cannot listen on ${address} (${reason}); set runner.host or runner.port in sp00ky.yml (SPOOKY_RUNNER_HOST and SPOOKY_RUNNER_PORT override them); with runner.port: 0 the runner does not listen`,
        { cause },
      ),
  });
  if (port !== 0 && server.port !== port) {
    parts.logger.warn({ wanted: port, port: server.port }, 'the port is in use; the runner listens on another one');
  }
  const url = options.publicUrl ?? server.url;
  parts.logger.info({ url }, 'the runner listens for probes, scrapes and progress');
  return { url, close: () => server.close() };
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path.startsWith(PROGRESS_PATH)) {
    const refusal = request.method === 'POST' ? await takeReport(request, path, parts.progress) : REFUSALS.method;
    if (refusal) return refuse(response, refusal);
    response.writeHead(204).end();
    return;
  }
  const result = await answerStatus(request, response, parts);
  if (result === 'no-page') refuse(response, REFUSALS.noRoute);
  if (result === 'wrong-method') refuse(response, REFUSALS.method);
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (status === 405) response.setHeader('allow', 'GET, HEAD, POST');
  // The rest of a body that is too large is not read.
  if (status === 413) response.setHeader('connection', 'close');
  sendJson(response, status, { code, message });
}
