/*
 * The one connection to the database, kept open for as long as the runner lives.
 *
 *   closed ──open()──▶ connecting ──signed in──▶ connected ──lost, silent, session refused──▶ waiting
 *                          ▲  └────────away──────────────────────────────────────────────────▶ │
 *                          └──────────────────────────after a moment───────────────────────────┘
 *   any ──close()──▶ closed, for good
 *
 * The SDK can reconnect by itself, but then it keeps the calls that were under way and sends them again, and a claim
 * sent twice is a batch that nobody knows of. Here each connection is a new one and a call under way when it is lost
 * fails; every statement is fenced, so whoever sent it may send it again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isRetryableConflict, NotAllowedError, QueryError, Surreal, SurrealError } from 'surrealdb';
import { RunnerError } from './errors.ts';
import type { Logger } from './logger.ts';
import { TurnByTurnWebSocket } from './turn-by-turn.ts';

export interface DatabaseOptions {
  /** `ws://host:port/rpc`, or `wss://`. */
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  /** The runner's own user of that database. */
  readonly username: string;
  readonly password: string;
}

/** Values for a statement; a function is asked again for each try. */
export type Bindings = Record<string, unknown> | ((attempt: number) => Record<string, unknown>);

export interface Connection {
  readonly connected: boolean;
  /**
   * Resolves at the first connection, however long that takes.
   * @throws RunnerError SPOOKY_RUNNER_SIGN_IN_REFUSED if the database answers but does not let the runner in
   * @throws RunnerError SPOOKY_RUNNER_STOPPED if closed before
   */
  open(): Promise<void>;
  /**
   * Runs statements and gives the last one's result. Write conflicts are tried again, with jitter.
   * @throws RunnerError SPOOKY_RUNNER_DATABASE_AWAY when there is no connection, or it is lost meanwhile
   * @throws ServerError what the database says about the statement itself
   */
  query(statements: string, bindings?: Bindings): Promise<unknown>;
  /** As `query`, but gives every statement's result. */
  queryAll(statements: string, bindings?: Bindings): Promise<unknown[]>;
  /**
   * Subscribes until the connection is lost, or until what it gives is called. `onEnd` is called once if the database
   * ends it before.
   */
  listen(
    statement: string,
    onMessage: (value: Record<string, unknown>) => void,
    onEnd: () => void,
  ): Promise<() => Promise<void>>;
  /** Called at every connection. */
  onConnected(listener: () => void): void;
  close(): Promise<void>;
}

/** True if the statement never reached the database or nothing is known about it: worth sending again later. */
export function isAway(error: unknown): boolean {
  return error instanceof RunnerError;
}

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 500;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;
const CONFLICT_ATTEMPTS = 20;

const AWAY = 'the database is away; the runner goes on as soon as it is back';
const REFUSED =
  'the database does not let the runner in; check its user name and password, and that `spooky db migrate` has run';

export function createConnection(options: DatabaseOptions, logger: Logger, random: () => number): Connection {
  const closing = new AbortController();
  const listeners: (() => void)[] = [];
  let current: Surreal | undefined;
  let opening: Promise<void> | undefined;
  let loop: Promise<void> = Promise.resolve();

  async function connect(): Promise<Surreal> {
    const database = new Surreal({
      codecOptions: { useNativeDates: true },
      websocketImpl: TurnByTurnWebSocket,
    });
    const failed = Promise.withResolvers<never>();
    // Of a connection that is refused `connect` says nothing at all; only this event does.
    database.subscribe('disconnected', () => failed.reject(away()));
    const stop = (): void => failed.reject(stopped());
    closing.signal.addEventListener('abort', stop);
    try {
      const { url, namespace, database: name, username, password } = options;
      const connected = database.connect(url, {
        namespace,
        database: name,
        authentication: { namespace, database: name, username, password },
        reconnect: false,
      });
      await within(CONNECT_TIMEOUT_MS, Promise.race([connected, failed.promise]));
      return database;
    } catch (error) {
      await drop(database);
      throw error;
    } finally {
      closing.signal.removeEventListener('abort', stop);
    }
  }

  /** Connects again and again until closed. The first refusal, or the first success, is `opened`'s. */
  async function keep(opened: { resolve(): void; reject(error: unknown): void }): Promise<void> {
    let wait = FIRST_WAIT_MS;
    let first = true;
    /** Why there is no connection, as far as the log has it; each reason once for every time that it is lost. */
    const told = new Set<string>();
    const tell = (reason: string): void => {
      if (closing.signal.aborted || told.has(reason)) return;
      told.add(reason);
      logger.warn({ url: options.url, reason }, 'not connected to the database; trying again until it works');
    };
    while (!closing.signal.aborted) {
      const startedAt = performance.now();
      try {
        const database = await connect();
        const lost = new Promise<void>((resolve) => database.subscribe('disconnected', () => resolve()));
        if (closing.signal.aborted) return await drop(database);
        current = database;
        logger.info({ url: options.url }, first ? 'connected to the database' : 'connected to the database again');
        first = false;
        told.clear();
        opened.resolve();
        for (const listener of listeners) listener();
        // Without this check a connection lost before the subscription would be waited for in vain.
        if (database.isConnected) await lost;
        if (current === database) current = undefined;
        if (!closing.signal.aborted) logger.warn('the connection to the database is lost; connecting again');
        told.add(AWAY);
      } catch (error) {
        if (first && isRefusal(error)) {
          opened.reject(signInRefused(error));
          return;
        }
        tell(isRefusal(error) ? REFUSED : messageOf(error));
      }
      // A connection that was worth something is tried for again soon; one that never holds is not asked for all the time.
      if (performance.now() - startedAt > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      await delay(wait * (0.5 + random() / 2), undefined, { signal: closing.signal }).catch(() => {});
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  async function queryAll(statements: string, bindings?: Bindings): Promise<unknown[]> {
    for (let attempt = 1; ; attempt += 1) {
      const database = current;
      if (database === undefined) throw away();
      try {
        const values = typeof bindings === 'function' ? bindings(attempt) : bindings;
        return await within(QUERY_TIMEOUT_MS, database.query(statements, values));
      } catch (error) {
        if (isConflict(error) && attempt < CONFLICT_ATTEMPTS) {
          await delay(random() * Math.min(2 ** attempt, 100));
          continue;
        }
        throw await asAway(error, database);
      }
    }
  }

  /**
   * Anything but an answer about the statement means that this connection is of no more use; a fault of this program, such
   * as a value that cannot be sent, would be the same on every other.
   */
  async function asAway(error: unknown, database: Surreal): Promise<unknown> {
    const silent = error instanceof RunnerError;
    if (!silent && !(error instanceof SurrealError)) return error;
    if (isStatementError(error) && !isConflict(error)) return error;
    if (isConflict(error)) return away(error);
    if (current === database) current = undefined;
    void drop(database);
    return silent ? error : away(error);
  }

  return {
    get connected() {
      return current !== undefined;
    },
    open() {
      opening ??= new Promise((resolve, reject) => {
        closing.signal.addEventListener('abort', () => reject(stopped()), { once: true });
        loop = keep({ resolve, reject });
      });
      return opening;
    },
    query: async (statements, bindings) => (await queryAll(statements, bindings)).at(-1),
    queryAll,
    async listen(statement, onMessage, onEnd) {
      const database = current;
      if (database === undefined) throw away();
      const [id] = await within(QUERY_TIMEOUT_MS, database.query<[import('surrealdb').Uuid]>(statement));
      const subscription = await database.liveOf(id);
      subscription.subscribe((message) => (message.action === 'KILLED' ? onEnd() : onMessage(message.value)));
      return () => subscription.kill();
    },
    onConnected(listener) {
      listeners.push(listener);
    },
    async close() {
      closing.abort();
      const database = current;
      current = undefined;
      if (database) await drop(database);
      await loop;
    },
  };
}

/** The database answered: about the statement, not about the connection or the session. */
function isStatementError(error: unknown): boolean {
  return error instanceof SurrealError && 'kind' in error && !(error instanceof NotAllowedError);
}

/** Engines before 3.1 say so only in the message. */
function isConflict(error: unknown): boolean {
  return isRetryableConflict(error) || (error instanceof QueryError && error.message.includes('can be retried'));
}

function isRefusal(error: unknown): boolean {
  return error instanceof NotAllowedError || (error instanceof Error && error.cause instanceof NotAllowedError);
}

/** Settles within `ms`, by an error if need be. */
async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(silent(ms)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Closing a connection whose other side is silent would wait for ever. */
async function drop(database: Surreal): Promise<void> {
  await within(CLOSE_TIMEOUT_MS, database.close()).catch(() => {});
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function away(cause?: unknown): RunnerError {
  return new RunnerError('SPOOKY_RUNNER_DATABASE_AWAY', AWAY, { cause });
}

function silent(ms: number): RunnerError {
  const message = `the database did not answer within ${ms} ms; a new connection is made`;
  return new RunnerError('SPOOKY_RUNNER_DATABASE_SILENT', message);
}

function stopped(): RunnerError {
  return new RunnerError('SPOOKY_RUNNER_STOPPED', 'the runner was stopped before it had started; make a new one');
}

function signInRefused(cause: unknown): RunnerError {
  return new RunnerError('SPOOKY_RUNNER_SIGN_IN_REFUSED', REFUSED, { cause });
}
