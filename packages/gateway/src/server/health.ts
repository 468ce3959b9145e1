import type { FastifyInstance } from 'fastify';

export interface HealthOptions {
  readonly isReady: () => boolean;
  readonly isReachable: (ms: number) => Promise<boolean>;
}

const REACHABLE_MS = 1_000;

/**
 * Adds GET /spooky/health (the process is alive) and GET /spooky/ready (sockets are served and the database answers).
 */
export function addHealthRoutes(app: FastifyInstance, { isReady, isReachable }: HealthOptions): void {
  app.get('/spooky/health', async () => ({ status: 'ok' }));
  app.get('/spooky/ready', async (_request, reply) => {
    const isUp = isReady() && (await isReachable(REACHABLE_MS));
    return reply.status(isUp ? 200 : 503).send({ status: isUp ? 'ok' : 'unavailable' });
  });
}
