import type { ClientEnvironment } from '../client.ts';
import { createClientIn } from '../client.ts';
import { Endpoint } from '../connection/endpoint.ts';
import { type Client, type ClientOptions, createClient, type LiveState, type Query } from '../index.ts';
import { type Backends, schema, type Tables } from './schema.ts';

export type OptimisticClient = Client<Tables, Backends>;

/** A client whose writes wait for the database, for tests that are about something else. */
export type TestClient = ReturnType<typeof waiting>;

export const PASSWORD = 'a long enough one';

/** Clients of one test file; `close` ends them all. */
export class People {
  readonly #url: () => string;
  readonly #clients: OptimisticClient[] = [];

  constructor(url: () => string) {
    this.#url = url;
  }

  /** Creates a client without a user, or a tab of this browser. */
  visitor(tab?: ClientEnvironment, options: Omit<ClientOptions<Tables, Backends>, 'schema'> = {}): TestClient {
    return waiting(this.optimisticVisitor(tab, options));
  }

  /** Like `visitor`, with optimistic writes. */
  optimisticVisitor(
    tab?: ClientEnvironment,
    options: Omit<ClientOptions<Tables, Backends>, 'schema'> = {},
  ): OptimisticClient {
    const all = { schema, url: this.#url(), ...options };
    const client = tab === undefined ? createClient(all) : createClientIn(tab, new Endpoint(all.url), all);
    this.#clients.push(client);
    return client;
  }

  /** Creates a client of a new user with a unique name. */
  async newcomer(tab?: ClientEnvironment): Promise<TestClient & { readonly username: string }> {
    const client = await this.optimisticNewcomer(tab);
    return Object.assign(waiting(client), { username: client.username });
  }

  /** Like `newcomer`, with optimistic writes. */
  async optimisticNewcomer(tab?: ClientEnvironment): Promise<OptimisticClient & { readonly username: string }> {
    const client = this.optimisticVisitor(tab);
    const username = newName();
    await client.auth.signUp('account', { username, password: PASSWORD });
    return Object.assign(client, { username });
  }

  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

const WAIT = { optimistic: false } as const;

function waiting(db: OptimisticClient) {
  type Name = keyof Tables & string;
  type CreateFields<T extends Name> = Parameters<typeof db.create<T>>[1];
  type UpdateFields<T extends Name> = Parameters<typeof db.update<T>>[1];
  type Id<T extends Name> = Parameters<typeof db.update<T>>[0];
  return {
    ...db,
    create: async <T extends Name>(table: T, fields: CreateFields<T>) => stored(await db.create(table, fields, WAIT)),
    update: async <T extends Name>(id: Id<T>, fields: UpdateFields<T>) => stored(await db.update(id, fields, WAIT)),
    delete: <T extends Name>(id: Id<T>) => db.delete(id, WAIT),
    run: ((backend, path, payload, options) =>
      db.run(backend, path, payload, { ...options, ...WAIT })) as OptimisticClient['run'],
  };
}

/** The row of a write. It is null only if the answer was lost, and the row is gone. */
function stored<Row>(row: Row | null): Row {
  if (row === null) throw new Error('The row was gone before the answer came.');
  return row;
}

export function newName(): string {
  return `user-${crypto.randomUUID().slice(0, 18)}`;
}

/** Watches a query and records every state. */
export function record<Result>(db: Pick<OptimisticClient, 'watch'>, query: Query<Result>) {
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
