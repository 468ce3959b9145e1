/** All WebSockets of a server: which upgrades are accepted, and how the sockets close together. */
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Logger } from '../logger.ts';
import { cborFormat, jsonFormat } from '../protocol/formats.ts';
import type { Connect } from '../session/connect.ts';
import { type OriginPolicy, refuseUpgrade } from './origin-policy.ts';
import { closeGoingAway, type ServedSocket, serveSocket } from './websocket.ts';

export interface SocketServerOptions {
  readonly connect: Connect;
  readonly logger: Logger;
  readonly originPolicy: OriginPolicy;
  /** The largest request, in bytes. */
  readonly maxPayload: number;
  /** How many bytes of answers and notifications may wait for a slow reader before it is disconnected. */
  readonly maxQueuedBytes: number;
  /** The maximum number of open sockets. Further upgrades are answered with 503. */
  readonly maxConnections: number;
}

/** Serves WebSockets on the path `/rpc` of an HTTP server. */
export function attachSockets(http: Server, options: SocketServerOptions) {
  const { connect, logger, originPolicy, maxPayload, maxQueuedBytes, maxConnections } = options;
  const served = new Set<ServedSocket>();
  const allGone = Promise.withResolvers<void>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) => ['json', 'cbor'].find((name) => offered.has(name)) ?? false,
  });
  http.on('upgrade', (request, stream, head) => {
    // Until the WebSocket exists this is the only error listener. Without it, the error of a disconnected client would
    // end the process.
    stream.on('error', (error) => logger.debug({ err: error }, 'a client disconnected before its WebSocket was open'));
    const refusal = originPolicy.refusal(request);
    if (refusal !== undefined) return refuseUpgrade(stream, refusal);
    if (request.url?.split('?')[0] !== '/rpc')
      return void stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    if (server.clients.size >= maxConnections)
      return void stream.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    server.handleUpgrade(request, stream, head, (socket) => {
      const client = serveSocket(socket, {
        connect: (deliver) => connect(request, deliver),
        format: socket.protocol === 'cbor' ? cborFormat : jsonFormat,
        maxQueuedBytes,
        logger,
      });
      served.add(client);
      void client.ended.finally(() => served.delete(client));
    });
  });
  return {
    /** Answers running requests, asks the clients to disconnect, and resolves when all connections are cleaned up. */
    stop: async (): Promise<void> => {
      server.close(() => allGone.resolve());
      for (const client of served) client.stop();
      await Promise.allSettled([...served].map(({ ended }) => ended));
    },
    /** Closes all sockets with a reason. Resolves when the clients have disconnected. */
    closeAll: (): Promise<void> => {
      for (const socket of server.clients) closeGoingAway(socket);
      return allGone.promise;
    },
    /** Disconnects the remaining clients. Resolves when their connections are cleaned up. */
    terminate: async (): Promise<void> => {
      for (const socket of server.clients) socket.terminate();
      await Promise.allSettled([...served].map(({ ended }) => ended));
    },
  };
}
