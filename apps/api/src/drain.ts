import type { FastifyInstance } from 'fastify';
import { ApiError } from './errors.ts';

/**
 * Makes `app.close()` end as soon as the requests in progress are answered. Requests that arrive meanwhile get a 503 with
 * `Retry-After`. Without this, connections that a client keeps open or has opened in advance delay the close: Node closes
 * only idle connections that have carried a request before.
 */
export function drainOnClose(app: FastifyInstance): void {
  let open = 0;
  let closing = false;
  const idle = Promise.withResolvers<void>();

  app.addHook('onRequest', async (_request, reply) => {
    if (closing) {
      reply.header('connection', 'close');
      throw new ApiError('SPOOKY_API_STOPPING');
    }
    open++;
    // The onResponse hook is not enough: it does not run if the caller has disconnected.
    reply.raw.once('close', () => {
      open--;
      if (closing && open === 0) idle.resolve();
    });
  });
  app.addHook('preClose', async () => {
    closing = true;
    if (open > 0) await idle.promise;
    app.server.closeAllConnections();
  });
}
