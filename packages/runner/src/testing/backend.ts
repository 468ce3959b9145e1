import bearerAuth from '@fastify/bearer-auth';
import { Secret } from '@spookify/config';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { RunnerBackend } from '../backends.ts';

/** The token that the backend expects. */
export const TOKEN = 'token-of-a-test';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

export interface TestBackend {
  readonly url: string;
  /** The backend's options for a runner. */
  readonly options: RunnerBackend;
  /** Every authorised call, in order. */
  readonly calls: readonly Call[];
  /** Sets the answer from now on. Default: `{ writer: 'offline' }`. */
  answer(handler: Handler): void;
  /** Forgets the calls and restores the default answer. */
  reset(): void;
  close(): Promise<void>;
}

export interface Call {
  readonly job: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** Resolves when the caller closes the connection. */
  readonly aborted: Promise<void>;
}

/** Starts a real Fastify backend that accepts any path with the bearer token, and records the calls. */
export async function startBackend(options: Partial<RunnerBackend> & { port?: number } = {}): Promise<TestBackend> {
  const { port = 0, ...rest } = options;
  const calls: Call[] = [];
  const byDefault: Handler = () => ({ writer: 'offline' });
  let handler = byDefault;
  const app = Fastify({ forceCloseConnections: true });
  await app.register(bearerAuth, { keys: new Set([TOKEN]) });
  app.all('/*', (request, reply) => {
    const aborted = new Promise<void>((resolve) => {
      reply.raw.once('close', () => reply.raw.writableFinished || resolve());
    });
    calls.push({ job: String(request.headers['x-job-id']), headers: request.headers, body: request.body, aborted });
    return handler(request, reply);
  });
  const url = await app.listen({ host: '127.0.0.1', port });
  return {
    url,
    calls,
    options: {
      name: 'api',
      baseUrl: url,
      table: 'job',
      routes: {
        '/spookify': {
          request: {
            type: 'object',
            required: ['id'],
            additionalProperties: false,
            properties: { id: { type: 'string' } },
          },
        },
      },
      token: new Secret(TOKEN),
      timeoutMs: 60_000,
      concurrency: 16,
      ...rest,
    },
    answer(next) {
      handler = next;
    },
    reset() {
      calls.length = 0;
      handler = byDefault;
    },
    close: () => app.close(),
  };
}
