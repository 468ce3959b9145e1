/*
 * The gateway's status server: probes and metrics for operators, on an address that browsers do not reach.
 *
 *   GET /health, /ready, /metrics
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  answerStatus,
  createProcessMetrics,
  openStatusServer,
  type StatusPages,
  sendJson,
} from '@spookify/surreal-link/status';
import type { GatewayLogger } from '../logger.ts';
import type { WireErrorBody } from '../wire/errors.ts';

/** Where the status server listens. */
export interface StatusAddress {
  /** Default: 127.0.0.1, this machine only. Everyone who reaches the address can read it. */
  readonly host?: string;
  /** Default: 0, any free port. If the port is in use, the server tries others in steps of ten. */
  readonly port?: number;
}

/** A status server that listens. */
export interface StatusServer {
  /** The URL that scrapers reach it by. */
  readonly url: string;
  close(): Promise<void>;
}

export interface StatusServerOptions {
  readonly address: StatusAddress;
  /** The pages; the metrics of the process are added. */
  readonly pages: StatusPages;
  readonly logger: GatewayLogger;
  /** The error to throw if it cannot listen. */
  readonly cannotListen: (address: string, reason: string, cause: unknown) => Error;
}

/**
 * Starts listening. A port in use is not an error, because any number of gateways may share a machine: the server takes
 * the next free port in steps of ten and logs it.
 *
 * @throws what `cannotListen` returns
 */
export async function openGatewayStatus({
  address: { host = '127.0.0.1', port = 0 },
  pages,
  logger,
  cannotListen,
}: StatusServerOptions): Promise<StatusServer> {
  const ofProcess = createProcessMetrics();
  const all: StatusPages = { ...pages, metrics: async () => (await pages.metrics()) + ofProcess.page() };
  try {
    const server = await openStatusServer({
      host,
      port,
      answer: (request, response) => answer(request, response, all),
      onFailed: (err) => logger.warn({ err }, 'a request to the status server failed'),
      cannotListen,
    });
    if (port !== 0 && server.port !== port) {
      logger.warn({ wanted: port, url: server.url }, 'the port is in use; the status server listens on another one');
    }
    logger.info({ url: server.url }, 'the gateway listens for probes and scrapes');
    return {
      url: server.url,
      async close() {
        ofProcess.close();
        await server.close();
      },
    };
  } catch (error) {
    ofProcess.close();
    throw error;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: StatusPages): Promise<void> {
  const result = await answerStatus(request, response, pages);
  if (result === 'no-page') sendJson(response, 404, refusal('there is no such path; use /health, /ready or /metrics'));
  if (result === 'wrong-method') {
    response.setHeader('allow', 'GET, HEAD');
    sendJson(response, 405, refusal('the method is not allowed; use GET'));
  }
}

function refusal(message: string): WireErrorBody {
  return { code: 'SPOOKY_GATEWAY_BAD_REQUEST', message };
}
