/**
 * The backend of the benchmark: Fastify with a bearer token, which answers at once, or after the time that the payload
 * names.
 */
import { setTimeout as delay } from 'node:timers/promises';
import bearerAuth from '@fastify/bearer-auth';
import Fastify from 'fastify';

const token = String(process.argv[2]);
const app = Fastify();
await app.register(bearerAuth, { keys: new Set([JSON.parse(token)]) });
let calls = 0;
app.post('/noop', () => {
  calls += 1;
  return { ok: true };
});
app.post<{ Body: { ms: number } }>('/slow', async ({ body }) => {
  await delay(body.ms);
  calls += 1;
  return { ok: true };
});
app.get('/calls', () => calls);
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.(url);
process.on('disconnect', () => process.exit());
