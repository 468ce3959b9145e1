import { RecordId } from 'surrealdb';
import { Auth, signedOut } from './auth/auth.ts';
import { type Browser, noBrowser, PageBrowser } from './auth/browser.ts';
import { cookieTransport, type SessionTransport, tokenTransport } from './auth/session-transport.ts';
import { Connection } from './connection/connection.ts';
import { Endpoint } from './connection/endpoint.ts';
import { notOfTheFormat } from './connection/gateway-error.ts';
import type { Hello } from './connection/socket.ts';
import { ClientError } from './errors.ts';
import { LiveQueries, type Watch } from './live/live-queries.ts';
import type { LiveState } from './live/live-state.ts';
import { type Query, type QueryBuilder, startQuery } from './query/query.ts';
import type { BackendMap, FieldsInput, PayloadInput, RecordIdInput, Schema, TableMap } from './schema-types.ts';
import { createOf, deleteOf, updateOf } from './write/operations.ts';
import { type RunOptions, runOf } from './write/run.ts';
import { Writer } from './write/writer.ts';

export interface ClientOptions<Tables, Backends> {
  /** From `schema.gen.ts`, written by `spooky generate`. It gives the types. */
  readonly schema: Schema<Tables, Backends>;
  /** The gateway: http(s):// or ws(s)://. Its endpoints are `/spooky/…` below it. Default: the origin of the page. */
  readonly url?: string | undefined;
  /** If given, the client stops with SPOOKY_CLIENT_WRONG_DATABASE at a gateway of another namespace. */
  readonly namespace?: string | undefined;
  /** If given, the client stops with SPOOKY_CLIENT_WRONG_DATABASE at a gateway of another database. */
  readonly database?: string | undefined;
}

/** One app's way to its database. Made by `createClient`; one per page is enough. */
export interface Client<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>> {
  readonly auth: Pick<Auth, 'signUp' | 'signIn' | 'signOut' | 'state' | 'subscribe'>;
  readonly connection: Pick<Connection, 'state' | 'subscribe'>;

  /** Begins a query over the rows of a table. */
  query<Name extends keyof Tables & string>(table: Name): QueryBuilder<Tables, Name>;

  /**
   * Keeps a query up to date: calls the listener with its state at once, then at every change, until the returned
   * function is called. Waits, `loading`, while nobody is signed in. Results are shared and must not be changed.
   */
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch;

  /**
   * For bindings to a UI framework: calls the listeners of all queries that changed together within this function, so
   * that they are rendered together.
   */
  batchWith(batch: (tell: () => void) => void): void;

  /**
   * Runs a backend function: inserts one job and gives its id, or, with a `uniqueKey`, that of the job which has the
   * key already. The job runner does the rest; watch the row, or the record it is assigned to, to see how it goes.
   *
   * @throws SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE, SPOOKY_CLIENT_INVALID_PAYLOAD,
   * SPOOKY_CLIENT_TOO_LARGE and SPOOKY_CLIENT_INVALID_OPTION before anything is sent; SPOOKY_CLIENT_REFUSED when
   * `assignedTo` is not the user's
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
  create<Name extends keyof Tables & string>(
    table: Name,
    fields: FieldsInput<Tables[Name]['create']> & { readonly id?: RecordIdInput<NoInfer<Name>> },
  ): Promise<Tables[Name]['row']>;

  /**
   * Sets fields of a record; `undefined` takes a field away. Gives the record as it is now.
   *
   * @throws SPOOKY_CLIENT_REFUSED when there is no such record, or the permissions do not allow it
   */
  update<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    fields: FieldsInput<Tables[Name]['update']>,
  ): Promise<Tables[Name]['row']>;

  /** @throws SPOOKY_CLIENT_REFUSED as for `update` */
  delete<Name extends keyof Tables & string>(id: RecordId<Name> | `${Name}:${string}`): Promise<void>;

  /** Ends the connection and all watches. The session stays for the next visit. May be called again. */
  close(): void;
}

/** What a client runs in: a page, or a program. */
export interface Surroundings {
  readonly transport: SessionTransport;
  readonly browser: Browser;
  /** Keeps the clients apart that take turns at changing the session. */
  readonly name: string;
}

/**
 * Connects, finds out who is signed in, and stays connected until `close`. Returns at once.
 *
 * While there is no connection, watches keep their data (`stale`), and writes wait up to ten seconds before they fail
 * with SPOOKY_CLIENT_NOT_CONNECTED.
 *
 * In a page the session is a cookie that scripts cannot read. Elsewhere it is a token in memory.
 *
 * @throws SPOOKY_CLIENT_INVALID_OPTION
 */
export function createClient<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const endpoint = new Endpoint(options.url);
  return createClientIn(surroundingsOf(endpoint), endpoint, options);
}

/** The same with everything given that differs between a page and a program. */
export function createClientIn<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  { transport, browser, name }: Surroundings,
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
    if (auth.state.kind === 'signed-out') throw signedOut();
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
      if (person === undefined) return notOfTheFormat();
      // First the queries, so that a listener for the new person finds nothing of the one before.
      queries.begin({ user: person, send: (frame) => socket.send(frame) });
      auth.admit(person);
      return undefined;
    },
    onFrame: (frame) => {
      if (frame.type === 'written' || frame.type === 'refused') writer.receive(frame);
      else queries.receive(frame);
    },
    onLost: () => queries.pause(),
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

function surroundingsOf(endpoint: Endpoint): Surroundings {
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
  throw notOfTheFormat();
}

/** The gateway's database is not the one that the options name. */
function wrongDatabase(
  hello: Hello,
  { namespace = hello.namespace, database = hello.database }: ClientOptions<unknown, unknown>,
): ClientError | undefined {
  if (namespace === hello.namespace && database === hello.database) return undefined;
  return new ClientError(
    'SPOOKY_CLIENT_WRONG_DATABASE',
    `The gateway serves the database ${hello.namespace}/${hello.database}, but createClient was given ${namespace}/${database}. Correct the options or the address.`,
  );
}
