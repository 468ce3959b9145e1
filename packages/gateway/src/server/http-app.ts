import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import websocket from '@fastify/websocket';
import { LinkError } from '@spookify/surreal-link';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { GatewayLogger } from '../logger.ts';
import type { WireErrorBody, WireErrorCode } from '../wire/errors.ts';
import { BODY_MAX_BYTES, FRAME_MAX_BYTES } from '../wire/limits.ts';
import { GatewayWebSocket } from './peer.ts';

const STATUS: Partial<Record<WireErrorCode, number>> = {
  SPOOKY_GATEWAY_LIMIT: 413,
  SPOOKY_GATEWAY_BUSY: 429,
  SPOOKY_GATEWAY_SIGNED_OUT: 401,
  SPOOKY_GATEWAY_INVALID_CREDENTIALS: 401,
  SPOOKY_GATEWAY_SIGN_UP_REFUSED: 422,
  SPOOKY_GATEWAY_FOREIGN_ORIGIN: 403,
  SPOOKY_GATEWAY_DATABASE_AWAY: 503,
  SPOOKY_GATEWAY_OUTCOME_UNKNOWN: 503,
  SPOOKY_GATEWAY_INTERNAL: 500,
};

/** Sent with every answer. None of them allows another origin anything. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export interface HttpAppOptions {
  /** Proxies whose `X-Forwarded-For` is trusted, besides those on this machine. */
  readonly trustedProxies: readonly string[];
  readonly logger: GatewayLogger;
}

/** The HTTP server with everything that its routes share (limits, headers, error handling), but without routes. */
export async function createHttpApp({ trustedProxies, logger }: HttpAppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    trustProxy: ['loopback', ...trustedProxies],
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    forceCloseConnections: true,
  });
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const body = bodyOf(error);
    if (body.code === 'SPOOKY_GATEWAY_INTERNAL') logger.error({ err: error }, 'a request failed');
    reply.status(STATUS[body.code] ?? error.statusCode ?? 400).send(body);
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.status(404).send({ code: 'SPOOKY_GATEWAY_BAD_REQUEST', message: 'There is no such endpoint.' });
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    global: false,
    addHeaders: NO_HEADERS,
    addHeadersOnExceeding: NO_HEADERS,
    errorResponseBuilder: (_request, { ttl }) =>
      new GatewayError(
        'SPOOKY_GATEWAY_BUSY',
        `Too many requests from this address; try again in ${Math.ceil(ttl / 1_000)} s.`,
        { retryInMs: ttl },
      ),
  });
  await app.register(websocket, {
    options: {
      maxPayload: FRAME_MAX_BYTES,
      // Compressed, a small frame could expand to a thousand times its size.
      perMessageDeflate: false,
      // Pings count as frames; see client/client-socket.ts.
      autoPong: false,
      maxFragments: 1_024,
      WebSocket: GatewayWebSocket,
    } as object,
    errorHandler: (_error, socket) => socket.terminate(),
    preClose(done) {
      for (const socket of this.websocketServer.clients) socket.terminate();
      this.websocketServer.close(() => done());
    },
  });
  // The plugin would accept a WebSocket on every other route as well, without limits or a heartbeat.
  app.addHook('onRequest', async ({ ws, routeOptions: { url } }) => {
    if (ws && url !== undefined && url !== SOCKET_PATH) {
      throw new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', `This endpoint is not a WebSocket; open ${SOCKET_PATH}.`);
    }
  });
  return app;
}

/** The only WebSocket route. */
export const SOCKET_PATH = '/spooky/socket';

const NO_HEADERS = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
  'retry-after': false,
} as const;

/** The answer to a request that failed. */
export function bodyOf(error: FastifyError | LinkError): WireErrorBody {
  if (error instanceof GatewayError) return error.body;
  if (error instanceof LinkError) {
    return { code: 'SPOOKY_GATEWAY_DATABASE_AWAY', message: 'The database does not answer; try again in a moment.' };
  }
  const status = error.statusCode ?? 500;
  if (status === 413) {
    const message = `The body has more than ${BODY_MAX_BYTES} bytes; send less.`;
    return { code: 'SPOOKY_GATEWAY_LIMIT', message };
  }
  if (status >= 400 && status < 500) {
    return { code: 'SPOOKY_GATEWAY_BAD_REQUEST', message: 'The request must have a JSON body of the right form.' };
  }
  return { code: 'SPOOKY_GATEWAY_INTERNAL', message: 'The gateway failed; try again.' };
}
