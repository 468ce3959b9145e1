import { RecordId } from 'surrealdb';
import { Auth, signedOut } from './auth/auth.ts';
import { type Browser, noBrowser, PageBrowser } from './auth/browser.ts';
import { cookieTransport, type SessionTransport, tokenTransport } from './auth/session-transport.ts';
import { Connection } from './connection/connection.ts';
import { Endpoint } from './connection/endpoint.ts';
import { unknownFormat } from './connection/gateway-error.ts';
import type { Hello } from './connection/socket.ts';
import { ClientError } from './errors.ts';
import { LiveQueries, type Watch } from './live/live-queries.ts';
import type { LiveState } from './live/live-state.ts';
import { type Query, type QueryBuilder, startQuery } from './query/query.ts';
import type { BackendMap, FieldsInput, PayloadInput, RecordIdInput, Schema, TableMap } from './schema-types.ts';
import { createOf, deleteOf, updateOf } from './write/operations.ts';
import { type RunOptions, runOf } from './write/run.ts';
import { Writer } from './write/writer.ts';

/** Options of `createClient`. */
export interface ClientOptions<Tables, Backends> {
  /** The schema from `schema.gen.ts`, which `spooky generate` writes. It provides the types. */
  readonly schema: Schema<Tables, Backends>;
  /**
   * URL of the gateway: http(s):// or ws(s)://. Its endpoints are below it at `/spooky/…`. Default: the origin of the
   * page.
   */
  readonly url?: string | undefined;
  /**
   * The expected namespace. If the gateway serves another one, the client stops with SPOOKY_CLIENT_WRONG_DATABASE.
   * Default: any.
   */
  readonly namespace?: string | undefined;
  /**
   * The expected database. If the gateway serves another one, the client stops with SPOOKY_CLIENT_WRONG_DATABASE.
   * Default: any.
   */
  readonly database?: string | undefined;
}

/** The connection of an app to its database. Made by `createClient`. One per page is enough. */
export interface Client<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>> {
  readonly auth: Pick<Auth, 'signUp' | 'signIn' | 'signOut' | 'state' | 'subscribe'>;
  readonly connection: Pick<Connection, 'state' | 'subscribe'>;

  /** Starts a query for the rows of a table (seed 000, "Querying Job Status"). */
  query<Name extends keyof Tables & string>(table: Name): QueryBuilder<Tables, Name>;

  /**
   * Watches a query: calls the listener immediately with the current state, then at every change, until the returned
   * function is called. While no user is signed in, the state is `loading`. Results are shared and must not be changed.
   */
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch<Result>;

  /**
   * For bindings to a UI framework: `batch` receives a function that calls the listeners of all queries that changed
   * together, so that they are rendered together.
   */
  batchWith(batch: (notify: () => void) => void): void;

  /**
   * Runs a backend function: inserts one job and resolves with its id. With a `uniqueKey` that an open job has, it
   * resolves with the id of that job. The job runner does the rest; watch the job or the record that it is assigned to
   * (seed 000, "Calling Backend Functions").
   *
   * @throws SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE, SPOOKY_CLIENT_INVALID_PAYLOAD,
   * SPOOKY_CLIENT_TOO_LARGE and SPOOKY_CLIENT_INVALID_OPTION before anything is sent; SPOOKY_CLIENT_REFUSED if the user
   * does not own `assignedTo`
   */
  run<Name extends keyof Backends & string, Path extends keyof Backends[Name] & string>(
    backend: Name,
    path: Path,
    payload: PayloadInput<Backends[Name][Path]>,
    options?: RunOptions,
  ): Promise<RecordId>;

  /**
   * Creates a record and resolves with it as stored.
   *
   * @throws SPOOKY_CLIENT_REFUSED if the permissions do not allow it
   */
  create<Name extends keyof Tables & string>(
    table: Name,
    fields: FieldsInput<Tables[Name]['create']> & { readonly id?: RecordIdInput<NoInfer<Name>> },
  ): Promise<Tables[Name]['row']>;

  /**
   * Sets fields of a record; `undefined` removes a field. Resolves with the record as stored.
   *
   * @throws SPOOKY_CLIENT_REFUSED if the record does not exist or the permissions do not allow it
   */
  update<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    fields: FieldsInput<Tables[Name]['update']>,
  ): Promise<Tables[Name]['row']>;

  /**
   * Deletes a record.
   *
   * @throws SPOOKY_CLIENT_REFUSED as for `update`
   */
  delete<Name extends keyof Tables & string>(id: RecordId<Name> | `${Name}:${string}`): Promise<void>;

  /** Closes the connection and ends all watches. The session remains for the next visit. May be called repeatedly. */
  close(): void;
}

/** The environment of a client: a page or another program. */
export interface ClientEnvironment {
  readonly transport: SessionTransport;
  readonly browser: Browser;
  /** Name of the lock that clients take before they change the session. */
  readonly name: string;
}

/**
 * Creates a client. It returns immediately, connects, finds out who is signed in, and stays connected until `close`.
 *
 * While there is no connection, watches keep their data (`stale`). Writes wait up to ten seconds, then fail with
 * SPOOKY_CLIENT_NOT_CONNECTED.
 *
 * In a page the session is a cookie that scripts cannot read. Elsewhere it is a token in memory.
 *
 * @throws SPOOKY_CLIENT_INVALID_OPTION if the URL is invalid
 */
export function createClient<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const endpoint = new Endpoint(options.url);
  return createClientIn(environmentOf(endpoint), endpoint, options);
}

/** Like `createClient`, with the given environment. */
export function createClientIn<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  { transport, browser, name }: ClientEnvironment,
  endpoint: Endpoint,
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const { schema } = options;
  const queries = new LiveQueries();
  const auth: Auth = new Auth({
    name,
    transport,
    browser,
    connection: () => connection,
    onLeave: () => queries.clear(),
  });
  const user = (): RecordId | undefined => (auth.state.kind === 'signed-in' ? auth.state.user : undefined);
  const writer: Writer = new Writer(async (limitMs) => {
    // A closed client reports that it is closed: a sign-in would not help.
    if (auth.state.kind === 'signed-out' && connection.state.kind !== 'closed') throw signedOut();
    const socket = await connection.answer(limitMs);
    const present = user();
    if (socket === undefined || present === undefined) throw signedOut();
    return { socket, user: present };
  }, user);
  const connection: Connection = new Connection({
    base: endpoint.base,
    dial: () => transport.dial(endpoint.socket(queries.position)),
    prepare: () => auth.prepare(),
    onOpen: (socket, hello) => {
      const error = wrongDatabase(hello, options);
      if (error !== undefined) return error;
      const person = auth.onHello(hello);
      if (person === undefined) return unknownFormat();
      // Clear the queries first, so that a listener for the new user finds no data of the previous one.
      queries.begin({ user: person, send: (frame) => socket.send(frame) });
      auth.admit(person);
      return undefined;
    },
    onFrame: (frame) => {
      if (frame.type === 'written' || frame.type === 'refused') writer.receive(frame);
      else queries.receive(frame);
    },
    onLost: (end) => queries.pause(end),
    onSignedOut: () => auth.onSignedOut(),
    onRefused: (error) => queries.fail(error),
  });
  return {
    auth,
    connection,
    query: (table) => startQuery(schema, table),
    watch: (query, listener) => queries.watch(query, listener),
    batchWith: (batch) => queries.batchWith(batch),
    run: async (backend, path, payload, runOptions) =>
      jobIdOf(await writer.write(runOf(schema, backend, path, payload, runOptions))),
    create: async (table, fields) => (await writer.write(createOf(schema, table, fields))) as never,
    update: async (id, fields) => (await writer.write(updateOf(schema, id, fields))) as never,
    delete: async (id) => void (await writer.write(deleteOf(schema, id))),
    close: () => {
      queries.close();
      auth.close();
      connection.close();
    },
  };
}

function environmentOf(endpoint: Endpoint): ClientEnvironment {
  const isPage = globalThis.document !== undefined;
  return {
    transport: isPage ? cookieTransport(endpoint) : tokenTransport(endpoint),
    browser: isPage ? new PageBrowser(endpoint.base) : noBrowser(),
    name: isPage ? endpoint.base : crypto.randomUUID(),
  };
}

/** The answer is the row of the job. */
function jobIdOf(answer: unknown): RecordId {
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : undefined;
  if (id instanceof RecordId) return id;
  throw unknownFormat();
}

/** The error for a gateway whose database is not the expected one. */
function wrongDatabase(
  hello: Hello,
  { namespace = hello.namespace, database = hello.database }: ClientOptions<unknown, unknown>,
): ClientError | undefined {
  if (namespace === hello.namespace && database === hello.database) return undefined;
  return new ClientError(
    'SPOOKY_CLIENT_WRONG_DATABASE',
    `The gateway serves the database ${hello.namespace}/${hello.database}, but createClient was given ${namespace}/${database}. Correct the options or the URL.`,
  );
}
