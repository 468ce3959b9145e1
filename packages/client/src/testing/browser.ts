import type { Browser, TabMessage } from '../auth/browser.ts';
import { type SessionTransport, type TokenStore, tokenTransport } from '../auth/session-transport.ts';
import type { ClientEnvironment } from '../client.ts';
import { Endpoint } from '../connection/endpoint.ts';
import { memoryStorage } from '../storage/memory-storage.ts';

/** What the tabs of one browser share: the session, which no tab can read, and their messages. */
export interface TestBrowser {
  /** The session, instead of a cookie. */
  readonly tokens: TokenStore;
  readonly flags: { user: string | undefined; isSigningOut: boolean };
  tab(): ClientEnvironment;
}

export function testBrowser(url: string): TestBrowser {
  const tokens: TokenStore = { token: undefined };
  const flags: TestBrowser['flags'] = { user: undefined, isSigningOut: false };
  const listeners = new Map<object, ((message: TabMessage) => void)[]>();
  const name = crypto.randomUUID();
  const newTab = (): Browser => {
    const tab: Browser = {
      get user() {
        return flags.user;
      },
      set user(user) {
        flags.user = user;
      },
      get isSigningOut() {
        return flags.isSigningOut;
      },
      set isSigningOut(isSet) {
        flags.isSigningOut = isSet;
      },
      send: (message) => {
        for (const [other, its] of listeners) {
          if (other !== tab) for (const listener of its) queueMicrotask(() => listener(structuredClone(message)));
        }
      },
      listen: (listener) => void listeners.set(tab, [...(listeners.get(tab) ?? []), listener]),
      close: () => void listeners.delete(tab),
    };
    return tab;
  };
  return {
    tokens,
    flags,
    tab: () => {
      const { post, dial } = tokenTransport(new Endpoint(url), tokens);
      const transport: SessionTransport = { mayHaveSession: true, post, dial, forget: () => undefined };
      return { transport, browser: newTab(), name, storage: memoryStorage() };
    },
  };
}
