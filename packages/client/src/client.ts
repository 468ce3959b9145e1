import type { RecordId } from 'surrealdb';
import { Auth, signedOut } from './auth/auth.ts';
import { type Browser, noBrowser, PageBrowser } from './auth/browser.ts';
import { cookieTransport, type SessionTransport, tokenTransport } from './auth/session-transport.ts';
import { Connection } from './connection/connection.ts';
import { Endpoint } from './connection/endpoint.ts';
import { unknownFormat } from './connection/gateway-error.ts';
import type { Hello } from './connection/socket.ts';
import { ClientError } from './errors.ts';
import { INSPECT, type Inspection, type Tap } from './inspection.ts';
import type { JobId, JobIdInput } from './jobs/job-id.ts';
import { Jobs } from './jobs/jobs.ts';
import type { Job } from './jobs/live-job.ts';
import { LiveQueries, type Watch } from './live/live-queries.ts';
import type { LiveState } from './live/live-state.ts';
import { Pace } from './live/pace.ts';
import { type Query, type QueryBuilder, startQuery } from './query/query.ts';
import { PendingWrites, type Write } from './queue/pending-writes.ts';
import type { BackendMap, FieldsInput, PayloadInput, RecordIdInput, Schema, TableMap } from './schema-types.ts';
import { KeptResults } from './storage/kept-results.ts';
import { memoryStorage } from './storage/memory-storage.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Storage } from './storage/storage.ts';
import { Sync } from './sync/sync.ts';
import { Exchange } from './write/exchange.ts';
import type { BaseOptions, WaitingOptions, WriteOptions } from './write/options.ts';
import type { RunOptions } from './write/run.ts';
import { Writer } from './write/writer.ts';
import { type AnyUpdateOptions, type AnyWriteOptions, Writes } from './write/writes.ts';

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
   * For bindings to a UI framework: `batch` receives a function that calls all listeners of one moment, of queries and of
   * `sync`, so that they are rendered together.
   */
  batchWith(batch: (notify: () => void) => void): void;

  /** What is still to be sent, and what the database has refused. */
  readonly sync: Pick<Sync, 'state' | 'subscribe'>;

  /**
   * Runs a backend function: inserts one job and resolves with its id as soon as the job is shown and stored, also
   * without a connection; `job` follows it. With a `uniqueKey` that an open job has, it resolves with the id of that job.
   * Without a connection, or if the gateway takes longer than two seconds, it resolves with an id that stands for that
   * job in `job`, `cancel` and `retry` of this page. The job runner does the rest (seed 000, "Calling Backend
   * Functions").
   *
   * If the user does not own `assignedTo`, the write is refused: see `sync`. With `optimistic: false` it rejects with
   * SPOOKY_CLIENT_REFUSED.
   *
   * @throws SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE, SPOOKY_CLIENT_INVALID_PAYLOAD,
   * SPOOKY_CLIENT_TOO_LARGE and SPOOKY_CLIENT_INVALID_OPTION before anything is sent; SPOOKY_CLIENT_SIGNED_OUT
   */
  run<Name extends keyof Backends & string, Path extends keyof Backends[Name] & string>(
    backend: Name,
    path: Path,
    payload: PayloadInput<Backends[Name][Path]['payload']>,
    options?: RunOptions,
  ): Promise<JobId<Backends[Name][Path]['result']>>;

  /**
   * Returns a live job: its state, and its result when it succeeds. The id that `run` resolves with has the type of the
   * result. For the id of a row or from a URL, name the route: a job of another route then counts as missing.
   *
   * @throws SPOOKY_CLIENT_NOT_A_JOB, SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE
   */
  job<Result>(id: JobIdInput<Result>): Job<Result>;
  job<Name extends keyof Backends & string, Path extends keyof Backends[Name] & string>(
    id: JobIdInput,
    backend: Name,
    path: Path,
  ): Job<Backends[Name][Path]['result']>;

  /**
   * Asks the runner to end a job that waits or runs; the job then fails with the code `cancelled`. Has no effect on a job
   * that has ended. The request is shown, stored and sent as by `update`, and refused if the job belongs to another user.
   *
   * @throws SPOOKY_CLIENT_NOT_A_JOB
   */
  cancel(id: JobIdInput): Promise<void>;

  /**
   * Asks the runner to run a failed job again, or one that waits immediately. Has no effect on a job that runs or has
   * succeeded. The request is shown, stored and sent as by `update`.
   *
   * @throws as `cancel`
   */
  retry(id: JobIdInput): Promise<void>;

  /**
   * Creates a record. Queries show it at once. Resolves when it is stored in this browser, with its id and a promise of
   * the record as the database has stored it. It is sent as soon as there is a connection, after earlier writes that it
   * refers to, and survives a reload. If the database refuses it, queries do not show it any more, and `sync` has the
   * reason.
   *
   * @throws SPOOKY_CLIENT_INVALID_WRITE and other errors of the call before anything is shown; SPOOKY_CLIENT_SIGNED_OUT;
   * SPOOKY_CLIENT_STORAGE if the browser cannot store it
   */
  create<Name extends keyof Tables & string>(
    table: Name,
    fields: FieldsInput<Tables[Name]['create']> & { readonly id?: RecordIdInput<NoInfer<Name>> },
    options?: WriteOptions<Tables[Name]['row']>,
  ): Promise<Write<Tables[Name]['row']>>;
  /**
   * Creates a record and resolves with it as stored, or with null as `Write.saved`.
   *
   * @throws SPOOKY_CLIENT_REFUSED if the permissions do not allow it; SPOOKY_CLIENT_NOT_CONNECTED after ten seconds
   * without a connection
   */
  create<Name extends keyof Tables & string>(
    table: Name,
    fields: FieldsInput<Tables[Name]['create']> & { readonly id?: RecordIdInput<NoInfer<Name>> },
    options: WaitingOptions,
  ): Promise<Tables[Name]['row'] | null>;

  /**
   * Sets fields of a record; `undefined` removes a field. Shown, stored and sent as by `create`. Updates of one record
   * that wait are sent as one. If somebody else has changed one of the fields meanwhile, the write is refused with
   * SPOOKY_CLIENT_CONFLICT.
   */
  update<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    fields: FieldsInput<Tables[Name]['update']>,
    options?: WriteOptions<Tables[Name]['row']> & BaseOptions<Tables[Name]['row']>,
  ): Promise<Write<Tables[Name]['row']>>;
  /**
   * Sets fields of a record and resolves with it as stored, or with null as `Write.saved`.
   *
   * @throws SPOOKY_CLIENT_REFUSED if the record does not exist or the permissions do not allow it;
   * SPOOKY_CLIENT_CONFLICT; SPOOKY_CLIENT_NOT_CONNECTED after ten seconds without a connection
   */
  update<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    fields: FieldsInput<Tables[Name]['update']>,
    options: WaitingOptions & BaseOptions<Tables[Name]['row']>,
  ): Promise<Tables[Name]['row'] | null>;

  /** Deletes a record. Shown, stored and sent as by `create`. */
  delete<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    options?: WriteOptions<never>,
  ): Promise<Write<null>>;
  /**
   * Deletes a record and resolves when the database has deleted it.
   *
   * @throws SPOOKY_CLIENT_REFUSED as for `update`
   */
  delete<Name extends keyof Tables & string>(
    id: RecordId<Name> | `${Name}:${string}`,
    options: WaitingOptions,
  ): Promise<null>;

  /** For `@spookify/client/devtools`. */
  readonly [INSPECT]: Inspection;

  /** Closes the connection and ends all watches. The session remains for the next visit. May be called repeatedly. */
  close(): void;
}

/** The environment of a client: a page or another program. */
export interface ClientEnvironment {
  readonly transport: SessionTransport;
  readonly browser: Browser;
  /** Name of what the tabs of this browser share: locks, messages and storage. */
  readonly name: string;
  readonly storage: Storage;
}

/**
 * Creates a client. It returns immediately, connects, finds out who is signed in, and stays connected until `close`.
 *
 * While there is no connection, watches keep their data (`stale`), and writes wait. In a page both survive a reload: a
 * returning user sees the last data and his pending writes before the gateway answers.
 *
 * In a page the session is a cookie that scripts cannot read. Elsewhere it is a token in memory, and so is everything
 * else.
 *
 * @throws SPOOKY_CLIENT_INVALID_OPTION if the URL is invalid
 */
export function createClient<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const endpoint = new Endpoint(options.url);
  return createClientIn(environmentOf(endpoint), endpoint, options);
}

/** With more pending writes than this, showing them takes so long that it happens at most once a frame. */
const MANY_WRITES = 100;

/** Like `createClient`, with the given environment. */
export function createClientIn<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  { transport, browser, name, storage }: ClientEnvironment,
  endpoint: Endpoint,
  options: ClientOptions<Tables, Backends>,
): Client<Tables, Backends> {
  const { schema } = options;
  const tap: Tap = {};
  const exchange = new Exchange();
  const pending: PendingWrites = new PendingWrites({
    name,
    storage: storage.writes,
    isShared: () => storage.isDurable(),
    exchange,
    announce: (change) => browser.send({ kind: 'queue', change }),
    onChange: () => {
      showing.request();
      kept.follow();
      tap.listener?.({ kind: 'queue' });
    },
  });
  const showing = new Pace(
    () => {
      // A refused write leaves the queries and enters the tray in the same moment.
      queries.together(() => {
        queries.refresh();
        sync.follow(pending.unconfirmedCount, pending.failed);
      });
    },
    () => pending.shown.length > MANY_WRITES,
  );
  const kept: KeptResults = new KeptResults({
    storage: storage.results,
    isLeader: () => pending.isLeader,
    settled: () => pending.settled,
    live: () => queries.all,
    containedBy: (live) => queries.containedBy(live),
    forget: (key) => void pending.forget(key).catch(() => undefined),
    onFailure: (error) => console.warn('The browser could not store the last results.', error),
  });
  const queries: LiveQueries = new LiveQueries(pending, kept, tap);
  const jobs = new Jobs(schema, queries);
  const auth: Auth = new Auth({
    name,
    transport,
    browser,
    connection: () => connection,
    onLeave: () => {
      kept.clear();
      queries.clear();
      pending.leave();
    },
    // Pending writes stay: they are the work of a user, who may return.
    onSignOut: () => void storage.results.removeOthers(undefined).catch(() => undefined),
  });
  const user = (): RecordId | undefined => (auth.state.kind === 'signed-in' ? auth.state.user : undefined);
  const enter = (present: RecordId): Promise<void> => {
    const opened = pending.open(present.toString());
    queries.admit(present.toString());
    void restoreSync(present);
    return opened;
  };
  const restoreSync = async (present: RecordId): Promise<void> => {
    const at = await storage.results.lastSynced(present.toString()).catch(() => undefined);
    if (at !== undefined && !sync.state.online && user()?.equals(present)) sync.change({ lastSynced: new Date(at) });
  };
  const writer: Writer = new Writer(
    async (limitMs) => {
      // A closed client reports that it is closed: a sign-in would not help.
      if (auth.state.kind === 'signed-out' && connection.state.kind !== 'closed') throw signedOut();
      const socket = await connection.answer(limitMs);
      const present = user();
      if (socket === undefined || present === undefined) throw signedOut();
      return { socket, user: present };
    },
    user,
    exchange,
    ({ write, row, round, socket }) => pending.answered(write, row, round, socket),
  );
  const connection: Connection = new Connection({
    base: endpoint.base,
    tap,
    dial: () => transport.dial(endpoint.socket(queries.position)),
    prepare: () => auth.prepare(),
    onOpen: (socket, hello) => {
      const error = wrongDatabase(hello, options);
      if (error !== undefined) return error;
      const person = auth.onHello(hello);
      if (person === undefined) return unknownFormat();
      // Everything of the previous user is cleared first, so that a listener for the new one never finds it.
      const opened = enter(person);
      auth.admit(person);
      // A pending write of an earlier visit would be missing in what the gateway sends.
      void opened.then(() => {
        if (!socket.isOpen || !user()?.equals(person)) return;
        queries.begin({ user: person, send: (frame) => socket.send(frame) });
        pending.connected(socket);
        sync.change({ online: true, lastSynced: undefined });
      });
      void storage.results.removeOthers(person.toString()).catch(() => undefined);
      return undefined;
    },
    onFrame: (frame) => {
      if (frame.type === 'written' || frame.type === 'refused' || frame.type === 'synced') exchange.receive(frame);
      else queries.receive(frame);
    },
    onLost: (end) => {
      queries.pause(end);
      pending.lost();
      if (sync.state.online) sync.change({ online: false, lastSynced: new Date() });
    },
    onSignedOut: () => auth.onSignedOut(),
    onRefused: (error) => queries.fail(error),
  });
  const writes: Writes = new Writes({ schema, pending, writer, queries, jobs, connection, user });
  const sync: Sync = new Sync({
    retry: (write, fields) => writes.retry(write, fields),
    discard: ({ key }) => pending.discard(key),
  });
  browser.listen((message) => {
    if (message.kind === 'queue') pending.receive(message.change);
  });
  void storage.isDurable().then((durable) => sync.change({ durable }));
  // A user of an earlier visit, or one who has just signed in in another tab, is shown before the gateway answers.
  const known = user();
  if (known !== undefined) void enter(known);
  auth.subscribe((state) => {
    if (state.kind === 'signed-in') void enter(state.user);
  });
  return {
    auth,
    connection,
    sync,
    query: (table) => startQuery(schema, table),
    watch: (query, listener) => queries.watch(query, listener),
    batchWith: (batch) => queries.batchWith(batch),
    run: (backend, path, payload, runOptions) => writes.run(backend, path, payload, runOptions) as never,
    job: (id: JobIdInput, backend?: string, path?: string) =>
      jobs.job(id, backend === undefined || path === undefined ? undefined : { backend, path }) as never,
    cancel: async (id) => await writes.request(jobs.requestOf(id, 'cancel')),
    retry: async (id) => await writes.request(jobs.requestOf(id, 'retry')),
    create: (table: string, fields: object, given?: AnyWriteOptions) => writes.create(table, fields, given) as never,
    update: (id: unknown, fields: object, given?: AnyUpdateOptions) => writes.update(id, fields, given) as never,
    delete: (id: unknown, given?: AnyWriteOptions) => writes.delete(id, given) as never,
    [INSPECT]: {
      tap,
      get queries() {
        return queries.all;
      },
      get writes() {
        return pending.entries;
      },
    },
    close: () => {
      showing.stop();
      kept.close();
      jobs.close();
      queries.close();
      pending.close();
      auth.close();
      connection.close();
      storage.close();
    },
  };
}

function environmentOf(endpoint: Endpoint): ClientEnvironment {
  const isPage = globalThis.document !== undefined;
  return {
    transport: isPage ? cookieTransport(endpoint) : tokenTransport(endpoint),
    browser: isPage ? new PageBrowser(endpoint.base) : noBrowser(),
    name: isPage ? endpoint.base : crypto.randomUUID(),
    storage: isPage ? openStorage(endpoint.base) : memoryStorage(),
  };
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
