import type { SessionAnswer } from '@spookify/gateway/wire';
import { noBrowser, type TabMessage } from '../auth/browser.ts';
import type { SessionTransport } from '../auth/session-transport.ts';
import { createClientIn } from '../client.ts';
import { Endpoint } from '../connection/endpoint.ts';
import { memoryStorage } from '../storage/memory-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { schema } from './schema.ts';
import { StubWebSocket } from './stub-websocket.ts';

type PostName = Parameters<SessionTransport['post']>[0];

/** A client in a page without a network: the test provides its sockets and the answers to its requests. */
export function stubClient({
  flags = {},
  name = crypto.randomUUID(),
  storage = memoryStorage(),
}: {
  readonly flags?: { user?: string; isSigningOut?: boolean };
  /** The same for all tabs of a browser. */
  readonly name?: string;
  readonly storage?: Storage;
} = {}) {
  const sockets: { readonly url: string; readonly stub: StubWebSocket }[] = [];
  const posts: PostName[] = [];
  const hearing: ((message: TabMessage) => void)[] = [];
  const browser = Object.assign(noBrowser(), flags, {
    listen(listener: (message: TabMessage) => void) {
      hearing.push(listener);
    },
  });
  const answers = {
    /** Answers a new socket. Default: nothing. */
    dial: (_: StubWebSocket): void => undefined,
    /** Answers a request. May throw. */
    post: async (_: PostName): Promise<SessionAnswer> => ({ user: { $r: ['user', 'ada'] }, renewInMs: 3_600_000 }),
  };
  const transport: SessionTransport = {
    mayHaveSession: true,
    post: (name) => {
      posts.push(name);
      return answers.post(name);
    },
    dial: (url) => {
      const stub = new StubWebSocket();
      sockets.push({ url, stub });
      queueMicrotask(() => answers.dial(stub));
      return stub as unknown as WebSocket;
    },
    forget: () => undefined,
  };
  const url = 'http://gateway.test';
  const db = createClientIn({ transport, browser, name, storage }, new Endpoint(url), { schema, url });
  return {
    db,
    browser,
    sockets,
    posts,
    answers,
    /** Sends a message as another tab. */
    sendFromOtherTab: (message: TabMessage): void => {
      for (const listener of hearing) listener(message);
    },
    /** The last opened socket. */
    get last(): StubWebSocket {
      const socket = sockets.at(-1);
      if (socket === undefined) throw new Error('No socket was opened.');
      return socket.stub;
    },
  };
}
