/** What `spooky add backend` writes into the app's folder. The project owns it from then on. */

/** The one route of a new backend. */
export const FIRST_ROUTE = '/echo';

/** What differs between two backends. */
export interface BackendPackage {
  /** In package.json: `@some-project/mail`. */
  readonly name: string;
  /** Where it listens without PORT. */
  readonly port: number;
  /** Versions. */
  readonly fastify: string;
  readonly bearerAuth: string;
}

/** The texts, by path in the folder of the package. */
export function appFiles(parts: BackendPackage): Readonly<Record<string, string>> {
  return {
    'package.json': manifest(parts),
    'tsconfig.json': TSCONFIG,
    'src/app.ts': APP,
    'src/app.test.ts': TEST,
    'src/main.ts': main(parts),
  };
}

const manifest = ({ name, fastify, bearerAuth }: BackendPackage): string =>
  `${JSON.stringify(
    {
      name,
      version: '0.1.0',
      private: true,
      type: 'module',
      scripts: { types: 'tsc', start: 'node src/main.ts', dev: 'node --watch src/main.ts' },
      dependencies: { '@fastify/bearer-auth': bearerAuth, fastify },
    },
    undefined,
    2,
  )}\n`;

const TSCONFIG = `{
  "extends": "../../tsconfig.base.json",
  "include": ["src"]
}
`;

const APP = `import bearerAuth from '@fastify/bearer-auth';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';

/** The backend, not yet listening. Only the job runner knows the token, and it has checked the payload against openapi.yaml. */
export async function createApp(token: string, options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(options);
  await app.register(bearerAuth, { keys: [token] });

  // The answer becomes the job's result. A job may be delivered twice, both times with the same Idempotency-Key header: a
  // handler with an effect outside of this process passes the key on, or stores it with the effect.
  app.post<{ Body: { text: string } }>('${FIRST_ROUTE}', async ({ body }) => ({ answer: body.text }));

  return app;
}
`;

const TEST = `import { afterAll, expect, it } from 'vitest';
import { createApp } from './app.ts';

const TOKEN = 'the-token-of-a-test';
const app = await createApp(TOKEN);
afterAll(() => app.close());

const call = (token: string) =>
  app.inject({
    method: 'POST',
    url: '${FIRST_ROUTE}',
    headers: { authorization: \`Bearer \${token}\` },
    payload: { text: 'hello' },
  });

it('answers', async () => {
  const response = await call(TOKEN);
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ answer: 'hello' });
});

it('refuses another token', async () => {
  expect((await call('a-guess')).statusCode).toBe(401);
});
`;

const main = ({
  port,
}: BackendPackage): string => `/** The backend as a program. \`spooky dev\` sets its environment. */
import { createApp } from './app.ts';

const { SPOOKY_AUTH_TOKEN: token, HOST: host = '127.0.0.1', PORT: port = '${port}' } = process.env;
if (!token) throw new Error('SPOOKY_AUTH_TOKEN is not set; start the backend with \`npx spooky dev\`, or set it.');

const app = await createApp(token, { logger: true });
await app.listen({ host, port: Number(port) });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());
`;
