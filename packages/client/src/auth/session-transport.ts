import type { SessionAnswer, WireErrorBody } from '@spookify/gateway/wire';
import type { Endpoint } from '../connection/endpoint.ts';
import { gatewayError, unknownFormat } from '../connection/gateway-error.ts';
import { notConnected } from '../connection/socket-end.ts';
import { ClientError } from '../errors.ts';

/** How requests and sockets identify their session to the gateway. */
export interface SessionTransport {
  /** Whether a session may exist that this program cannot see. */
  readonly mayHaveSession: boolean;
  /**
   * Sends a request to an endpoint and stores the session of the answer.
   *
   * @throws ClientError what the gateway answered, or SPOOKY_CLIENT_NOT_CONNECTED
   */
  post(name: 'sign-up' | 'sign-in' | 'renew' | 'sign-out', body: object): Promise<SessionAnswer>;
  dial(url: string): WebSocket;
  /** The session has ended. */
  forget(): void;
}

/** The gateway needs seconds for a sign-in if many sign in at the same time. Milliseconds. */
const TIMEOUT_MS = 60_000;

/** For a page: the session is a cookie that scripts cannot read. */
export function cookieTransport(endpoint: Endpoint): SessionTransport {
  const credentials = endpoint.isForeign ? 'include' : 'same-origin';
  return {
    mayHaveSession: true,
    post: (name, body) => post(endpoint, name, body, { credentials }),
    dial: (url) => new WebSocket(url),
    forget: () => undefined,
  };
}

/** Stores a session that is not a cookie. */
export interface TokenStore {
  token: string | undefined;
}

/** For other programs: the session is a token in memory. */
export function tokenTransport(endpoint: Endpoint, store: TokenStore = { token: undefined }): SessionTransport {
  const headers = (): Record<string, string> =>
    store.token === undefined ? {} : { authorization: `Bearer ${store.token}` };
  return {
    get mayHaveSession() {
      return store.token !== undefined;
    },
    post: async (name, body) => {
      const answer = await post(endpoint, name, body, { headers: headers() });
      if (name === 'sign-out') store.token = undefined;
      else store.token = answer.token ?? store.token;
      return answer;
    },
    dial: (url) => new WebSocketWithHeaders(url, { headers: headers() }),
    forget: () => {
      store.token = undefined;
    },
  };
}

/** Node's WebSocket accepts headers; a browser's does not. */
const WebSocketWithHeaders = globalThis.WebSocket as unknown as new (
  url: string,
  options: { headers: Record<string, string> },
) => WebSocket;

async function post(
  endpoint: Endpoint,
  name: Parameters<SessionTransport['post']>[0],
  body: object,
  init: RequestInit,
) {
  let response: Response;
  let json: unknown;
  try {
    response = await fetch(endpoint.post(name), {
      ...init,
      method: 'POST',
      headers: { ...init.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    json = await response.json().catch(() => undefined);
  } catch (error) {
    throw notConnected(endpoint.base, error);
  }
  if (response.ok && isObject(json)) return json as unknown as SessionAnswer;
  if (isObject(json) && typeof json.code === 'string' && typeof json.message === 'string') {
    throw gatewayError(json as unknown as WireErrorBody);
  }
  // A proxy answers like this if the gateway is down.
  if (response.status >= 500) throw notConnected(endpoint.base, new Error(`It answered ${response.status}.`));
  throw unknownFormat(new Error(`${name} was answered with ${response.status}.`));
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null;
}

/** Whether the gateway has reported that the session has ended, as opposed to a lost connection or another failure. */
export function isSessionOver(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'SPOOKY_CLIENT_SIGNED_OUT';
}
