import type { FastifyInstance } from 'fastify';
import type { Database } from '../database.ts';

/** The one path that answers without a token. */
export const HEALTH_PATH = '/health';

/**
 * `GET /health`: 200 when jobs can be done, 503 when the database is out of reach. Says nothing else, as anybody who
 * reaches the port may ask.
 */
export function addHealth(app: FastifyInstance, database: Pick<Database, 'isReachable'>): void {
  app.get(HEALTH_PATH, { logLevel: 'warn' }, async (_request, reply) => {
    const reachable = await database.isReachable();
    reply.code(reachable ? 200 : 503);
    return { status: reachable ? 'ok' : 'degraded', database: reachable ? 'reachable' : 'unreachable' };
  });
}
