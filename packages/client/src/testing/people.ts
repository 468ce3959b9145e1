import { type Client, createClient, type LiveState, type Query, type TokenStorage } from '../index.ts';
import type { TestDatabase } from './database.ts';
import { type Backends, schema, type Tables } from './schema.ts';

export type TestClient = Client<Tables, Backends>;

export const PASSWORD = 'a long enough one';

/** Clients of one test file; `close` ends them all. */
export class People {
  readonly #database: () => TestDatabase;
  readonly #clients: TestClient[] = [];

  constructor(database: () => TestDatabase) {
    this.#database = database;
  }

  /** A client with nobody signed in, or with the session that is in the storage. */
  visitor(storage?: TokenStorage): TestClient {
    const client = createClient({ schema, ...this.#database().target, ...(storage === undefined ? {} : { storage }) });
    this.#clients.push(client);
    return client;
  }

  /** A client of somebody who has just signed up, under a name that nobody else has. */
  async newcomer(storage?: TokenStorage): Promise<TestClient & { readonly username: string }> {
    const client = this.visitor(storage);
    const username = `user-${crypto.randomUUID().slice(0, 18)}`;
    await client.auth.signUp('account', { username, password: PASSWORD });
    return Object.assign(client, { username });
  }

  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** Watches a query and keeps every state that it goes through. */
export function record<Result>(db: TestClient, query: Query<Result>) {
  const states: LiveState<Result>[] = [];
  const watch = db.watch(query, (state) => states.push(state));
  return {
    states,
    watch,
    get last(): LiveState<Result> {
      const state = states.at(-1);
      if (state === undefined) throw new Error('A watch tells its state at once.');
      return state;
    },
    get kinds(): string[] {
      return states.map(({ kind }) => kind);
    },
  };
}

/** What the tabs of one browser share, with the events that a browser sends to the other tabs. */
export function sharedStorage(): { tab: () => TokenStorage; items: Map<string, string> } {
  const items = new Map<string, string>();
  const tabs = new Map<object, Set<(name: string | null) => void>>();
  const tell = (from: object, name: string): void => {
    for (const [tab, listeners] of tabs)
      if (tab !== from) for (const listener of listeners) queueMicrotask(() => listener(name));
  };
  return {
    items,
    tab: () => {
      const listeners = new Set<(name: string | null) => void>();
      const storage: TokenStorage = {
        getItem: (name) => items.get(name) ?? null,
        setItem: (name, value) => {
          items.set(name, value);
          tell(storage, name);
        },
        removeItem: (name) => {
          items.delete(name);
          tell(storage, name);
        },
        subscribe: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      };
      tabs.set(storage, listeners);
      return storage;
    },
  };
}
