/** HTTP requests to a server that all tests of the calling file share, signed in as root by default. */
import { afterAll, beforeAll } from 'vitest';
import { type ServerOptions, type SurrealServer, startServer } from '../server.ts';
import { root } from './database.ts';

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

interface Send {
  readonly body?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** The database of the namespace `main`; null selects none. */
  readonly database?: string | null;
}

export function httpClient(options: Partial<ServerOptions> = {}) {
  let server: SurrealServer | undefined;
  beforeAll(async () => {
    server = await startServer({ storage: { type: 'memory' }, root, ...options });
  });
  afterAll(() => server?.close());
  const origin = (): string => `http://${server?.host}:${server?.port}`;
  const send = (method: string, path: string, { body = null, headers = {}, database = 'main' }: Send = {}) =>
    fetch(origin() + path, {
      method,
      body,
      headers: {
        accept: 'application/json',
        authorization: basic(root.username, root.password),
        ...(database === null ? {} : { 'surreal-ns': 'main', 'surreal-db': database }),
        ...headers,
      },
    });
  return { send, origin };
}
