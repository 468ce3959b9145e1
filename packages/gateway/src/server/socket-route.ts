import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { GatewayError } from '../errors.ts';
import { type CallerOptions, callerOf } from '../session/caller.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { PROTOCOL } from '../wire/frames.ts';
import type { ClientSocket } from './client-socket.ts';
import { SOCKET_PATH } from './http-app.ts';
import { type OpenSockets, refusalOf } from './open-sockets.ts';
import { closePeer } from './peer.ts';

export interface SocketRouteOptions extends CallerOptions {
  readonly sessions: Sessions;
  readonly sockets: OpenSockets;
  /** False before the gateway is ready, and when it stops. */
  readonly isOpen: () => boolean;
  readonly serve: (socket: WebSocket, session: Session) => ClientSocket;
}

/**
 * GET /spooky/socket?protocol=1&round=N: the upgrade. A page of a foreign origin is refused before it. All other refusals come
 * after it, as a code of CLOSE_REASONS, because a browser does not show a page the status of an upgrade.
 *
 * `round` is the highest position that the client has seen. A new subscription is answered by a round that begins
 * after it, and whatever any gateway has shown was committed before, so nothing older can be shown.
 */
export function addSocketRoute(app: FastifyInstance, options: SocketRouteOptions): void {
  const { sessions, sockets, isOpen, serve } = options;
  const lookedUp = new WeakMap<FastifyRequest, Session | undefined>();
  let upgrading = 0;

  app.route({
    method: 'GET',
    url: SOCKET_PATH,
    websocket: true,
    async preValidation(request) {
      if (!request.ws) throw new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', 'This endpoint is a WebSocket.');
      const { token } = callerOf(request.headers, options);
      if (token === undefined || !isOpen()) return;
      lookedUp.set(request, await find(token));
    },
    handler(socket, request) {
      const { query } = request as { query: Record<string, unknown> };
      const close = (code: number, reason: string): void => closePeer(socket, code, reason);
      if (!isOpen()) return close(CLOSE_REASONS.stopping, 'the gateway is not ready');
      if (query.protocol !== String(PROTOCOL))
        return close(CLOSE_REASONS.wrongProtocol, `protocol ${PROTOCOL} is spoken`);
      if (query.round !== undefined && !/^\d{1,15}$/.test(String(query.round))) {
        return close(CLOSE_REASONS.badFrame, 'bad round');
      }
      const session = lookedUp.get(request);
      if (session === undefined) return close(CLOSE_REASONS.signedOut, 'there is no session');
      const refusal = refusalOf(sockets, session.user);
      if (refusal !== undefined) return close(CLOSE_REASONS.tooMany, refusal);
      const client = serve(socket, session);
      sockets.add(client);
      socket.on('close', () => sockets.remove(client));
    },
  });

  /** Not as many at once as an attacker likes: each is a query. */
  async function find(token: string): Promise<Session | undefined> {
    if (upgrading >= UPGRADING_MAX) {
      throw new GatewayError('SPOOKY_GATEWAY_BUSY', 'Too many sockets open at this moment; try again in a second.', {
        retryInMs: 1_000,
      });
    }
    upgrading += 1;
    try {
      return await sessions.find(token);
    } finally {
      upgrading -= 1;
    }
  }
}

const UPGRADING_MAX = 1_000;
