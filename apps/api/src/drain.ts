import type { FastifyInstance } from 'fastify';
import { ApiError } from './errors.ts';

/**
 * Makes `app.close()` end as soon as the requests under way are answered. Requests that come in meanwhile are told to
 * come back. Without this, connections that a client keeps open, or has opened in advance, hold the close up: Node
 * closes only those that have carried a request before.
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
    // Not the onResponse hook: that one stays silent when the caller has hung up.
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
