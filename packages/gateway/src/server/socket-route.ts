import { LinkError } from '@spookify/surreal-link';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { closeReasonOf } from '../observe/close-reason.ts';
import type { GatewayMeters } from '../observe/gateway-meters.ts';
import { type CallerOptions, callerOf } from '../session/caller.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { PROTOCOL } from '../wire/frames.ts';
import type { ClientSocket } from './client/client-socket.ts';
import { SOCKET_PATH } from './http-app.ts';
import { type OpenSockets, refusalOf } from './open-sockets.ts';
import { closePeer, GatewayWebSocket } from './peer.ts';

export interface SocketRouteOptions extends CallerOptions {
  readonly sessions: Sessions;
  readonly sockets: OpenSockets;
  readonly meters: GatewayMeters;
  /** False before the gateway is ready, and while it stops. */
  readonly isOpen: () => boolean;
  readonly serve: (socket: WebSocket, session: Session) => ClientSocket;
}

/**
 * The result of checking an upgrade's headers. A refusal is kept until the socket exists and can be closed with a
 * reason.
 */
type Admission =
  | { readonly kind: 'session'; readonly session: Session | undefined; readonly seen: number }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string };

/**
 * GET /spooky/socket?protocol=2&round=N: the upgrade. A refusal closes the open socket with a code of CLOSE_REASONS,
 * because browsers do not show pages the status of an upgrade. A page of a foreign origin is refused before anything is
 * looked up.
 *
 * `round` is the highest position that the client has seen. A new subscription is answered by a round that begins after
 * it. Everything that any gateway has shown was committed before, so the answer cannot be older.
 */
export function addSocketRoute(app: FastifyInstance, options: SocketRouteOptions): void {
  const { sessions, sockets, meters, isOpen, serve } = options;
  const admissions = new WeakMap<FastifyRequest, Admission>();
  const refuse = createRefusals(meters);
  let upgrading = 0;

  app.route({
    method: 'GET',
    url: SOCKET_PATH,
    websocket: true,
    async preValidation(request) {
      if (!request.ws) throw new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', 'This endpoint accepts only WebSockets.');
      admissions.set(request, await admit(request));
    },
    handler(socket, request) {
      const { query } = request as { query: Record<string, unknown> };
      const admission = admissions.get(request);
      if (admission?.kind === 'refused') return refuse(socket, admission.code, admission.reason);
      if (!isOpen()) return refuse(socket, CLOSE_REASONS.stopping, 'the gateway is not ready');
      if (query.protocol !== String(PROTOCOL))
        return refuse(socket, CLOSE_REASONS.wrongProtocol, `this gateway speaks protocol ${PROTOCOL}`);
      if (query.round !== undefined && !/^\d{1,15}$/.test(String(query.round))) {
        return refuse(socket, CLOSE_REASONS.badFrame, 'bad round');
      }
      if (admission?.session === undefined) return refuse(socket, CLOSE_REASONS.signedOut, 'there is no session');
      const { session, seen } = admission;
      const refusal = refusalOf(sockets, session.user);
      if (refusal !== undefined) return refuse(socket, CLOSE_REASONS.tooMany, refusal);
      const client = serve(socket, session);
      sockets.add(client, seen);
      meters.socketOpened();
      socket.on('close', (code) => {
        sockets.remove(client);
        meters.socketClosed(closeReasonOf(socket instanceof GatewayWebSocket ? socket.sentCode : undefined, code));
      });
    },
  });

  async function admit({ headers }: FastifyRequest): Promise<Admission> {
    // Read first: if the session ends during the lookup, it is looked up again once its socket is registered.
    const seen = sockets.changesSeen;
    try {
      const { token } = callerOf(headers, options);
      if (token === undefined || !isOpen()) return { kind: 'session', session: undefined, seen };
      return { kind: 'session', session: await find(token), seen };
    } catch (error) {
      return refusedFor(error);
    }
  }

  /** Finds the session of a token. The number of lookups at once is limited, since each is a query. */
  async function find(token: string): Promise<Session | undefined> {
    if (upgrading >= LIMITS.socket.lookUpsAtOnce) {
      throw new GatewayError('SPOOKY_GATEWAY_BUSY', 'too many sockets are opening at this moment');
    }
    upgrading += 1;
    try {
      return await sessions.find(token);
    } finally {
      upgrading -= 1;
    }
  }
}

/** Turns an error that is a refusal into a close reason. Throws all other errors again. */
function refusedFor(error: unknown): Admission {
  const refused = (code: number, reason: string): Admission => ({ kind: 'refused', code, reason });
  if (error instanceof LinkError) return refused(CLOSE_REASONS.stopping, 'the database does not answer');
  if (!(error instanceof GatewayError)) throw error;
  if (error.code === 'SPOOKY_GATEWAY_FOREIGN_ORIGIN')
    return refused(CLOSE_REASONS.foreignOrigin, 'the origin is not allowed');
  if (error.code === 'SPOOKY_GATEWAY_BUSY') return refused(CLOSE_REASONS.tooMany, error.message);
  throw error;
}

/** Closes refused sockets. Anyone can open them, so the number of unfinished closing handshakes is limited. */
function createRefusals(meters: GatewayMeters): (socket: WebSocket, code: number, reason: string) => void {
  let closing = 0;
  return (socket, code, reason) => {
    meters.socketRefused(closeReasonOf(code, code));
    if (closing >= LIMITS.socket.refusedMax) return socket.terminate();
    closing += 1;
    socket.on('close', () => {
      closing -= 1;
    });
    closePeer(socket, code, reason);
  };
}
