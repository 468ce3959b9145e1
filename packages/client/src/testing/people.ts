import type { ClientEnvironment } from '../client.ts';
import { createClientIn } from '../client.ts';
import { Endpoint } from '../connection/endpoint.ts';
import { type Client, type ClientOptions, createClient, type LiveState, type Query } from '../index.ts';
import { type Backends, schema, type Tables } from './schema.ts';

export type TestClient = Client<Tables, Backends>;

export const PASSWORD = 'a long enough one';

/** Clients of one test file; `close` ends them all. */
export class People {
  readonly #url: () => string;
  readonly #clients: TestClient[] = [];

  constructor(url: () => string) {
    this.#url = url;
  }

  /** Creates a client without a user, or a tab of this browser. */
  visitor(tab?: ClientEnvironment, options: Omit<ClientOptions<Tables, Backends>, 'schema'> = {}): TestClient {
    const all = { schema, url: this.#url(), ...options };
    const client = tab === undefined ? createClient(all) : createClientIn(tab, new Endpoint(all.url), all);
    this.#clients.push(client);
    return client;
  }

  /** Creates a client of a new user with a unique name. */
  async newcomer(tab?: ClientEnvironment): Promise<TestClient & { readonly username: string }> {
    const client = this.visitor(tab);
    const username = newName();
    await client.auth.signUp('account', { username, password: PASSWORD });
    return Object.assign(client, { username });
  }

  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

export function newName(): string {
  return `user-${crypto.randomUUID().slice(0, 18)}`;
}

/** Watches a query and records every state. */
export function record<Result>(db: Pick<TestClient, 'watch'>, query: Query<Result>) {
  const states: LiveState<Result>[] = [];
  const watch = db.watch(query, (state) => states.push(state));
  return {
    states,
    watch,
    get last(): LiveState<Result> {
      const state = states.at(-1);
      if (state === undefined) throw new Error('A watch calls its listener immediately.');
      return state;
    },
    get kinds(): string[] {
      return states.map(({ kind }) => kind);
    },
  };
}
