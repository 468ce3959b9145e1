/**
 * Everything that belongs to one client: its sessions under the client's names, its transactions, its live queries.
 * They are looked up only here, so a client cannot name anything of another connection, and all of it ends with the
 * connection.
 */
import { randomUUID } from 'node:crypto';
import { type Engine, noParams } from '../engine/engine.ts';
import { LiveQueryCounts } from '../live-queries/live-query-counts.ts';
import { engineRequest, type Notification, notificationFrame, uuidParams } from '../protocol/frames.ts';
import { acceptsUserOf } from '../sign-in/service-only.ts';
import type { SignInThrottle } from '../sign-in/sign-in-throttle.ts';
import type { WriteSignal } from '../write-signal/write-signal.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { anonymous, Session } from './session.ts';
import { TurnQueue } from './turn-queue.ts';

/** How sign-ins of a connection are throttled. */
export interface SignInGuard {
  readonly throttle: SignInThrottle;
  readonly address: string;
}

export interface ConnectionOptions {
  readonly engine: Engine;
  /** Receives live notifications. A connection without it (HTTP) cannot have live queries. */
  readonly deliver?: (frame: Uint8Array) => void;
  readonly limits?: ServerLimits;
  /** Throttles sign-ins by address. Default: no throttling. */
  readonly guard?: SignInGuard;
  /** Whether record users need a signed-in service user on the same connection. Default: false. */
  readonly serviceOnly?: boolean;
  /** Raised by the connection's writes. A connection without it cannot wait for the signal either. */
  readonly writeSignal?: WriteSignal;
  /** Counts the live queries of all connections. Default: counts only those of this connection. */
  readonly liveQueryCounts?: LiveQueryCounts;
  /** The clock, in milliseconds since 1970. Default: the system clock. */
  readonly now?: () => number;
}

interface Transaction {
  /** The session that began it. */
  readonly session: Session;
  readonly turns: TurnQueue;
}

export class Connection {
  /** Unique in the server. */
  readonly id: string = randomUUID();
  readonly engine: Engine;
  readonly limits: ServerLimits;
  readonly guard: SignInGuard | undefined;
  readonly serviceOnly: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** The number of failed sign-ins on this connection. */
  failedSignIns = 0;
  readonly canListen: boolean;
  readonly liveQueryCounts: LiveQueryCounts;
  readonly writeSignal: WriteSignal | undefined;
  /** How often this connection has raised the write signal. Its own writes do not wake it. */
  ownWrites = 0;
  /** Callbacks that end this connection's waits for the write signal. */
  readonly writeSignalWaits: Set<() => void> = new Set();
  readonly #deliver: (frame: Uint8Array) => void;
  readonly #sessions = new Map<string | undefined, Session>();
  readonly #transactions = new Map<string, Transaction>();
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.engine = options.engine;
    this.limits = options.limits ?? defaultLimits;
    this.guard = options.guard;
    this.serviceOnly = options.serviceOnly ?? false;
    this.now = options.now ?? Date.now;
    this.writeSignal = options.writeSignal;
    this.liveQueryCounts = options.liveQueryCounts ?? new LiveQueryCounts();
    this.canListen = options.deliver !== undefined;
    this.#deliver = options.deliver ?? (() => {});
    this.addSession(undefined);
  }

  session(clientId: string | undefined): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /** The names of the sessions that the client attached. */
  sessionIds(): string[] {
    return [...this.#sessions.keys()].filter((id) => id !== undefined);
  }

  /** Whether a live query runs in one of the connection's sessions. */
  ownsLiveQuery(live: string): boolean {
    return [...this.#sessions.values()].some((session) => session.liveQueries.has(live));
  }

  /** Adds a session immediately. Its requests wait until the engine has created it. */
  addSession(clientId: string | undefined): Promise<void> {
    const session = new Session(clientId);
    this.#sessions.set(clientId, session);
    return session.turns.exclusive(() =>
      this.engine.attach(session.engineId, (notification) => this.#notify(session, notification)),
    );
  }

  async removeSession(session: Session): Promise<void> {
    this.#sessions.delete(session.clientId);
    await this.#end(session);
  }

  transaction(id: string): TurnQueue | undefined {
    return this.#transactions.get(id)?.turns;
  }

  get transactionCount(): number {
    return this.#transactions.size;
  }

  /**
   * Cancels the transaction at once if the connection has begun to close; otherwise it would block writers for ever.
   */
  async addTransaction(id: string, session: Session): Promise<void> {
    if (this.isClosing) await this.#cancel(id);
    else this.#transactions.set(id, { session, turns: new TurnQueue() });
  }

  removeTransaction(id: string): void {
    this.#transactions.delete(id);
  }

  /**
   * Ends the session's live queries when the session expires. The engine would keep them, which slows down every write.
   */
  watchExpiry(session: Session): void {
    session.onExpiry(this.now(), () => {
      this.signOutRefusedUsers();
      void session.turns.exclusive(() => this.endLiveQueries(session));
    });
  }

  /** Signs out the record users whom `admits` no longer accepts, and ends their live queries and transactions. */
  signOutRefusedUsers(): void {
    const evicted = [...this.#sessions.values()].filter((session) => !acceptsUserOf(this, session));
    for (const session of evicted) {
      session.identity = anonymous;
      void session.turns.exclusive(() => this.#signOut(session));
    }
    for (const [id, { session, turns }] of this.#transactions) {
      if (!evicted.includes(session)) continue;
      this.#transactions.delete(id);
      void turns.exclusive(() => this.#cancel(id));
    }
  }

  async #signOut(session: Session): Promise<void> {
    // Set again: a user may have signed in while this waited for its turn, and the engine lets a guest do everything.
    session.identity = anonymous;
    session.forgetExpiry();
    await this.endLiveQueries(session);
    await this.engine.execute(engineRequest('invalidate', noParams, session.engineId));
  }

  /** Ends a session's live queries. The engine keeps them when a user signs out or a session expires. */
  async endLiveQueries(session: Session): Promise<void> {
    const liveQueries = [...session.liveQueries];
    session.liveQueries.clear();
    const { namespace, database } = session;
    if (namespace === undefined || database === undefined) return;
    for (const live of liveQueries) await this.engine.killLiveQuery(namespace, database, live);
  }

  /** Reports that this connection may have written something. */
  raiseWriteSignal(): void {
    this.writeSignal?.raise(this);
  }

  /** Answers all of this connection's waits for the write signal. */
  cancelWaits(): void {
    for (const cancel of [...this.writeSignalWaits]) cancel();
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends everything. Does not wait for running requests, but cleans up after them. Safe to call again. */
  close(): Promise<void> {
    const closing = Promise.withResolvers<void>();
    if (this.#closing === undefined) {
      this.#closing = closing.promise;
      closing.resolve(this.#close());
    }
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.cancelWaits();
    const transactions = [...this.#transactions].map(([id, { turns }]) => turns.exclusive(() => this.#cancel(id)));
    this.#transactions.clear();
    const sessions = [...this.#sessions.values()].map((session) => this.#end(session));
    this.#sessions.clear();
    await Promise.all([...transactions, ...sessions]);
  }

  async #cancel(id: string): Promise<void> {
    await this.engine.execute(engineRequest('cancel', uuidParams(id), undefined));
  }

  /**
   * Detaches twice: at once, to end the live queries, and after running requests, which may have started another one.
   */
  async #end(session: Session): Promise<void> {
    session.forgetExpiry();
    await this.engine.detach(session.engineId);
    await session.turns.exclusive(() => this.engine.detach(session.engineId));
    session.liveQueries.clear();
  }

  #notify(session: Session, notification: Notification): void {
    const isEnd = notification.engineSession === undefined;
    if (isEnd && !session.liveQueries.delete(notification.live)) return;
    if (session.isSignedIn(this.now()) && acceptsUserOf(this, session))
      this.#deliver(notificationFrame(notification, session.clientId));
    else if (session.liveQueries.size > 0) void this.endLiveQueries(session);
  }
}
