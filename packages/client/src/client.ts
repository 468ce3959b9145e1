import type { RecordId } from 'surrealdb';
import { Auth } from './auth.ts';
import { Connection } from './connection.ts';
import { ClientError } from './errors.ts';
import { LiveQueries, type Watch } from './live-queries.ts';
import type { LiveState } from './live-state.ts';
import { type Query, type QueryBuilder, startQuery } from './query.ts';
import { jobFor, type RunOptions } from './run.ts';
import type { BackendMap, PayloadInput, Schema, TableMap } from './schema-types.ts';
import { type TokenStorage, TokenStore } from './tokens.ts';
import { Writer } from './writes.ts';

export interface ClientOptions<Tables, Backends> {
  /** From `schema.gen.ts`, written by `spooky generate`. It gives the types. */
  readonly schema: Schema<Tables, Backends>;
  /** Where the database is: ws:// or wss://, with or without the path /rpc. */
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  /** Where the session is kept. Default: `localStorage` in a page that may use it, else memory. */
  readonly storage?: TokenStorage;
}

/** One app's way to its database. Made by `createClient`; one per page is enough. */
export interface Client<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>> {
  readonly auth: Pick<Auth, 'signUp' | 'signIn' | 'signOut' | 'state' | 'subscribe'>;
  readonly connection: Pick<Connection, 'state' | 'subscribe'>;

  /** Begins a query over the rows of a table. */
  query<Name extends keyof Tables & string>(table: Name): QueryBuilder<Tables, Name>;

  /**
   * Keeps a query up to date: calls the listener with its state at once, then at every change, until the returned
   * function is called. Waits, `loading`, while nobody is signed in.
   */
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch;

  /**
   * Runs a backend function: inserts one job and gives its id, or, with a `uniqueKey`, that of the job which has the
   * key already. The job runner does the rest; watch the row, or the record it is assigned to, to see how it goes.
   *
   * @throws SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE, SPOOKY_CLIENT_INVALID_PAYLOAD and
   * SPOOKY_CLIENT_INVALID_OPTION before anything is sent; SPOOKY_CLIENT_REFUSED when `assignedTo` is not the user's
   */
  run<Name extends keyof Backends & string, Path extends keyof Backends[Name] & string>(
    backend: Name,
    path: Path,
    payload: PayloadInput<Backends[Name][Path]>,
    options?: RunOptions,
  ): Promise<RecordId>;

  /**
   * Makes a record and gives it as it was stored.
   *
   * @throws SPOOKY_CLIENT_REFUSED when the permissions do not allow it
   */
  create<Name extends keyof Tables & string>(table: Name, fields: Tables[Name]['create']): Promise<Tables[Name]['row']>;

  /**
   * Sets fields of a record; `undefined` takes a field away. Gives the record as it is now.
   *
   * @throws SPOOKY_CLIENT_REFUSED when there is no such record, or the permissions do not allow it
   */
  update<Name extends keyof Tables & string>(
    id: RecordId<Name>,
    fields: Tables[Name]['update'],
  ): Promise<Tables[Name]['row']>;

  /** @throws SPOOKY_CLIENT_REFUSED as for `update` */
  delete<Name extends keyof Tables & string>(id: RecordId<Name>): Promise<void>;

  /** Ends the connection and all watches. The session stays in the storage. May be called again. */
  close(): void;
}

/**
 * Connects, brings back the session that was kept, and stays connected until `close`. Returns at once.
 *
 * While there is no connection, watches keep their data (`stale`), and writes wait up to ten seconds before they fail
 * with SPOOKY_CLIENT_NOT_CONNECTED.
 */
export function createClient<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const { schema, namespace, database } = options;
  const url = requireUrl(options.url);
  const queries = new LiveQueries();
  const auth: Auth = new Auth({
    namespace,
    database,
    store: new TokenStore(options.storage, { url, namespace, database }),
    connection: () => connection,
    onSession: (session) => (session === undefined ? queries.clear() : queries.begin(session)),
  });
  const connection = new Connection({
    url,
    namespace,
    database,
    admit: (link) => auth.admit(link),
    onLost: () => queries.pause(),
  });
  const writer = new Writer({ schema, session: (limitMs) => auth.session(limitMs) });
  return {
    auth,
    connection,
    query: (table) => startQuery(schema, table),
    watch: (query, listener) => queries.watch(query, listener),
    run: async (backend, path, payload, runOptions) => {
      const { table, fields } = jobFor(schema, backend, path, payload, runOptions);
      const { unique_key: key } = fields;
      const { id } = await (key === undefined
        ? writer.create(table, fields)
        : writer.createUnique(table, { ...fields, unique_key: key }));
      return id as RecordId;
    },
    create: (table, fields) => writer.create(table, fields) as Promise<never>,
    update: (id, fields) => writer.update(id, fields) as Promise<never>,
    delete: (id) => writer.delete(id),
    close: () => {
      queries.close();
      auth.close();
      connection.close();
    },
  };
}

function requireUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'ws:' || url.protocol === 'wss:')) return url.href;
  throw new ClientError(
    'SPOOKY_CLIENT_INVALID_OPTION',
    `url must begin with ws:// or wss://, such as ws://127.0.0.1:3666/rpc, not "${text}".`,
  );
}
