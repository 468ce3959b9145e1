import { inspect } from 'node:util';
import type { Link } from '@spookify/surreal-link';
import { createGateway, type Gateway } from '../server/gateway.ts';
import type { GatewayOptions } from '../server/options.ts';
import type { SessionAnswer } from '../wire/session.ts';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from './database.ts';
import { connectSocket, type TestSocket } from './test-socket.ts';

export const ORIGIN = 'http://localhost:3600';
export const PASSWORD = 'password-of-a-test';

/** A signed-in client: a page with a cookie, or another program with a token. */
export interface Visitor {
  readonly cookie?: string;
  readonly token?: string;
}

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, 'database'>> {
  /** Default: a new one with the test application's schema, which `close` also closes. */
  readonly database?: TestDatabase;
}

/** A gateway on a free port, in front of a real database. */
export interface TestGateway {
  readonly gateway: Gateway;
  /** Every log line, including its details. */
  readonly log: readonly string[];
  readonly database: TestDatabase;
  readonly owner: Link;
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** Sends a POST with a JSON body as a page of the allowed origin would. `headers` adds or replaces headers. */
  post(path: string, body: unknown, headers?: Record<string, string | undefined>): Promise<Response>;
  /** Creates the account `name` as a page and returns its cookie. */
  signUp(name: string): Promise<{ cookie: string; user: SessionAnswer['user'] }>;
  /** The same, as a program that sends no Origin. */
  signUpProgram(name: string): Promise<{ token: string; user: SessionAnswer['user'] }>;
  /** Opens a socket. `origin: null` sends no Origin. Default: none with a token, and the allowed one with a cookie. */
  connect(visitor: Visitor & { origin?: string | null; query?: string }): Promise<TestSocket>;
  /** Stops the gateway and starts another one on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestGateway({ database: given, ...options }: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = given ?? (await startTestDatabase());
  const log: string[] = [];
  const write = (details: object | string, message = ''): void => {
    log.push(`${inspect(details, { depth: 8 })} ${message}`);
  };
  const start = async (port: number): Promise<Gateway> => {
    const { url, namespace, database: name, username, password } = database.options;
    const made = createGateway({
      database: { url, namespace, database: name, username, password },
      tokenKey: TOKEN_KEY,
      origins: [ORIGIN],
      backends: [{ name: 'worker', table: 'work', routes: ROUTES }],
      project: 'test',
      logger: { info: write, warn: write, error: write },
      limits: {
        // Every first snapshot is compared with what the user's own engine session selects.
        views: { proofSample: 1 },
        // Tests sign up many people from one address.
        session: { signInsPerMinute: 10_000, postsPerMinute: 10_000 },
      },
      ...options,
      http: { ...options.http, port },
    });
    await made.start();
    return made;
  };
  let gateway = await start(options.http?.port ?? 0);
  const { port } = gateway;
  const url = `http://127.0.0.1:${port}`;

  const post: TestGateway['post'] = (path, body, headers = {}) => {
    const all = { 'content-type': 'application/json', origin: ORIGIN, ...headers };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return fetch(`${url}/spooky/${path}`, {
      method: 'POST',
      headers: sent,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  };
  const createAccount = async (name: string, headers: Record<string, string | undefined>) => {
    const response = await post('sign-up', { access: 'account', variables: { name, password: PASSWORD } }, headers);
    if (!response.ok) throw new Error(`sign-up of ${name}: ${await response.text()}`);
    return { response, answer: (await response.json()) as SessionAnswer };
  };

  return {
    get gateway() {
      return gateway;
    },
    database,
    log,
    owner: database.owner,
    url,
    post,
    async signUp(name) {
      const { response, answer } = await createAccount(name, {});
      return { cookie: cookieOf(response), user: answer.user };
    },
    async signUpProgram(name) {
      const { answer } = await createAccount(name, { origin: undefined });
      return { token: answer.token ?? '', user: answer.user };
    },
    connect({ cookie, token, origin = token === undefined ? ORIGIN : null, query = 'protocol=2' }) {
      const headers = {
        ...(cookie !== undefined && { cookie }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(origin !== null && { origin }),
      };
      return connectSocket(`ws://127.0.0.1:${port}/spooky/socket?${query}`, headers);
    },
    async restart() {
      await gateway.stop();
      gateway = await start(port);
    },
    async close() {
      await gateway.stop();
      if (given === undefined) await database.close();
    },
  };
}

/** `name=value` of the cookie that a response sets. */
export function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

export const ROUTES = {
  '/print': {
    path: '/print',
    request: {
      type: 'object',
      properties: { id: { type: 'string' } },
      required: ['id'],
      additionalProperties: false,
    },
  },
};
