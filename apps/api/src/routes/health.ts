import type { FastifyInstance } from 'fastify';
import type { Database } from '../database.ts';

/** The only path that answers without a token. */
export const HEALTH_PATH = '/health';

/**
 * `GET /health`: 200 if the backend can do jobs, 503 if the database is unreachable. It reveals nothing else, because
 * anybody who can reach the port can call it.
 */
export function addHealth(app: FastifyInstance, database: Pick<Database, 'isReachable'>): void {
  app.get(HEALTH_PATH, { logLevel: 'warn' }, async (_request, reply) => {
    const reachable = await database.isReachable();
    reply.code(reachable ? 200 : 503);
    return { status: reachable ? 'ok' : 'degraded', database: reachable ? 'reachable' : 'unreachable' };
  });
}
