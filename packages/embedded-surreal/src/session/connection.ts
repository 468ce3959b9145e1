/**
 * What belongs to one client: its sessions under the names it gave them, its transactions, its live queries. All of
 * it is looked up here and nowhere else, so nothing of another connection can be named, and all of it ends here.
 */
import { randomUUID } from 'node:crypto';
import { type Engine, noParams } from '../engine/engine.ts';
import { LiveCounts } from '../live-rules/live-counts.ts';
import { engineRequest, type Notification, notificationFrame, uuidParams } from '../protocol/frames.ts';
import { admits } from '../sign-in/service-only.ts';
import type { SignInThrottle } from '../sign-in/sign-in-throttle.ts';
import type { WriteSignal } from '../write-signal/write-signal.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { anonymous, Session } from './session.ts';
import { TurnQueue } from './turn-queue.ts';

export interface SignInGuard {
  readonly throttle: SignInThrottle;
  readonly address: string;
}

export interface ConnectionOptions {
  readonly engine: Engine;
  /** Where notifications go; a connection without it (HTTP) can have no live queries. */
  readonly deliver?: (frame: Uint8Array) => void;
  readonly limits?: ServerLimits;
  /** Slows down sign-ins from one address; without it none is. */
  readonly guard?: SignInGuard;
  /** Whether record users are accepted only beside a signed-in service user; default false. */
  readonly serviceOnly?: boolean;
  /** Raised by what the connection writes; a connection without it cannot wait for it either. */
  readonly writeSignal?: WriteSignal;
  /** Counts the live queries of all connections; without it this one counts alone. */
  readonly liveCounts?: LiveCounts;
  /** The clock, in milliseconds since 1970. */
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
  /** Sign-ins that failed here. */
  failedSignIns = 0;
  readonly canListen: boolean;
  readonly liveCounts: LiveCounts;
  readonly writeSignal: WriteSignal | undefined;
  /** How often it has raised the write signal: it is not woken by its own writes. */
  ownWrites = 0;
  /** What ends each of its waits for the write signal. */
  readonly waits: Set<() => void> = new Set();
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
    this.liveCounts = options.liveCounts ?? new LiveCounts();
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

  /** Whether a live query runs in one of its sessions. */
  owns(live: string): boolean {
    return [...this.#sessions.values()].some((session) => session.lives.has(live));
  }

  /** Makes a session at once; whatever is asked of it waits until the engine has it. */
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

  /** A transaction that began while the connection ended is cancelled at once, or it would hold up writers for ever. */
  async addTransaction(id: string, session: Session): Promise<void> {
    if (this.isClosing) await this.#cancel(id);
    else this.#transactions.set(id, { session, turns: new TurnQueue() });
  }

  removeTransaction(id: string): void {
    this.#transactions.delete(id);
  }

  /** Ends the session's live queries when it expires; the engine would keep them, at every writer's cost. */
  watchExpiry(session: Session): void {
    session.onExpiry(this.now(), () => {
      this.evictRecordUsers();
      void session.turns.exclusive(() => this.endLives(session));
    });
  }

  /** Signs out the record users whom `admits` no longer accepts, and ends their live queries and transactions. */
  evictRecordUsers(): void {
    const evicted = [...this.#sessions.values()].filter((session) => !admits(this, session));
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
    // Again: a user may have signed in while this waited for its turn, and the engine lets a guest do everything.
    session.identity = anonymous;
    session.forgetExpiry();
    await this.endLives(session);
    await this.engine.execute(engineRequest('invalidate', noParams, session.engineId));
  }

  /** Ends a session's live queries, which the engine keeps when a user signs out or a session expires. */
  async endLives(session: Session): Promise<void> {
    const lives = [...session.lives];
    session.lives.clear();
    const { namespace, database } = session;
    if (namespace === undefined || database === undefined) return;
    for (const live of lives) await this.engine.killLive(namespace, database, live);
  }

  /** Something may have been written here. */
  raiseWriteSignal(): void {
    this.writeSignal?.raise(this);
  }

  /** Answers everything here that waits for the write signal. */
  cancelWaits(): void {
    for (const cancel of [...this.waits]) cancel();
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends everything; what is still running is not waited for, but cleaned up after. Can be called again. */
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

  /** Twice: at once, for the live queries, and after what was under way, which may have started another one. */
  async #end(session: Session): Promise<void> {
    session.forgetExpiry();
    await this.engine.detach(session.engineId);
    await session.turns.exclusive(() => this.engine.detach(session.engineId));
    session.lives.clear();
  }

  #notify(session: Session, notification: Notification): void {
    const isEnd = notification.engineSession === undefined;
    if (isEnd && !session.lives.delete(notification.live)) return;
    if (session.isSignedIn(this.now()) && admits(this, session))
      this.#deliver(notificationFrame(notification, session.clientId));
    else if (session.lives.size > 0) void this.endLives(session);
  }
}
