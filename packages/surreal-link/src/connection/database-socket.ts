/**
 * One socket, from its opening to its end. Each new connection is a new socket.
 *
 * The SDK never settles the calls in flight when it is closed. Here every call settles: with its answer, when the
 * socket ends, or at its time limit, which ends the socket.
 */
import {
  BoundQuery,
  type Duration,
  type LiveMessage,
  ServerError,
  type Surreal,
  SurrealError,
  type Uuid,
  type WebSocketEngine,
} from 'surrealdb';
import { databaseErrorKind, errorToBlame } from '../database/database-errors.ts';
import { away, LinkError, lost } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import { CLOSE_TIMEOUT_MS } from '../socket/sockets.ts';
import { type OpenEngine, openEngine } from './engine.ts';
import { within } from './within.ts';

/** Options of one call. */
export interface CallOptions {
  /** A session that was attached on this socket. Default: the socket's default session. */
  readonly session?: Uuid | undefined;
  /** A transaction that was begun on this socket. Default: none. */
  readonly transaction?: Uuid | undefined;
  /** The call fails with SPOOKY_LINK_SILENT after this many milliseconds. Default: `queryTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the run time of each statement in milliseconds, as the engine measures it, without the time in the
   * engine's queue. If the engine reports no time, the time until the answer is used.
   */
  readonly onRan?: ((ms: number) => void) | undefined;
}

type Outcome = PromiseSettledResult<unknown>;

export class DatabaseSocket {
  /** Aborted when the socket has ended. The reason is a LinkError. */
  readonly lost: AbortSignal;
  readonly #end = new AbortController();
  readonly #surreal: Surreal;
  readonly #engine: WebSocketEngine;
  readonly #queryTimeoutMs: number;
  /** Callbacks that settle the calls in flight when the socket ends. */
  readonly #pending = new Set<(reason: unknown) => void>();
  #answeredAt = 0;
  #closing: Promise<void> | undefined;

  private constructor({ surreal, engine }: OpenEngine, { queryTimeoutMs, heartbeatMs }: LinkSettings) {
    this.#surreal = surreal;
    this.#engine = engine;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.lost = this.#end.signal;
    if (heartbeatMs !== Number.POSITIVE_INFINITY) this.#startHeartbeat(heartbeatMs);
  }

  /**
   * Opens a socket without signing in.
   *
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_SILENT, or the signal's reason
   */
  static async open(settings: LinkSettings, abandon: AbortSignal): Promise<DatabaseSocket> {
    const opened = await openEngine(settings, abandon);
    const socket = new DatabaseSocket(opened, settings);
    opened.onDisconnected((cause) => socket.terminate(lost(cause)));
    return socket;
  }

  /**
   * Runs a text and returns the result of each statement.
   *
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_LOST or SPOOKY_LINK_SILENT
   * @throws ServerError the error of the statement to blame, or of the session
   */
  query(text: string, bindings: Record<string, unknown> = {}, options: CallOptions = {}): Promise<unknown[]> {
    return this.#settle(async () => valuesOf(await this.#run(text, bindings, options)), options);
  }

  /** Like `query`, but returns the outcome of each statement. */
  settled(text: string, bindings: Record<string, unknown> = {}, options: CallOptions = {}): Promise<Outcome[]> {
    return this.#settle(() => this.#run(text, bindings, options), options);
  }

  /** Makes any other call of the protocol. */
  call<Result>(method: string, params: unknown[] = [], options: CallOptions = {}): Promise<Result> {
    const { session } = options;
    const request = { method, params, ...(session && { session }) };
    return this.#settle(() => this.#engine.send<string, unknown[], Result>(request), options);
  }

  /** The notifications of a LIVE query in the order of arrival, until it or the socket ends. */
  notifications(id: Uuid): AsyncIterator<LiveMessage> {
    return this.#engine.liveQuery(id)[Symbol.asyncIterator]();
  }

  /** Runs a minimal query. Ends the socket if the engine does not answer in time. */
  async probe(): Promise<void> {
    await this.query('RETURN NONE').catch((error: unknown) => {
      if (!(error instanceof LinkError)) this.terminate(lost(error));
    });
  }

  /** Whether the engine answers within `ms` milliseconds. Never throws, and never ends a slow socket. */
  async answers(ms: number): Promise<boolean> {
    const asked = this.query('RETURN NONE').then(
      () => true,
      () => false,
    );
    return within(ms, asked).catch(() => false);
  }

  /** Ends the socket immediately: its calls fail with the reason. Safe to call again. */
  terminate(reason: LinkError): void {
    if (this.lost.aborted) return;
    for (const fail of this.#pending) fail(reason);
    this.#pending.clear();
    this.#end.abort(reason);
    this.#closing = within(CLOSE_TIMEOUT_MS, this.#surreal.close()).then(
      () => undefined,
      () => undefined,
    );
  }

  /**
   * Like `terminate`, but resolves when the socket is gone. Waits only briefly for a server that does not answer the close
   * frame.
   */
  async close(reason: LinkError): Promise<void> {
    this.terminate(reason);
    await this.#closing;
  }

  async #run(text: string, bindings: Record<string, unknown>, options: CallOptions): Promise<Outcome[]> {
    const { session, transaction, onRan } = options;
    const outcomes: Outcome[] = [];
    const startedAt = performance.now();
    let isCounted = false;
    for await (const chunk of this.#engine.query(new BoundQuery(text, bindings), session, transaction)) {
      if (chunk.stats) {
        isCounted = true;
        onRan?.(millisecondsOf(chunk.stats.duration));
      }
      if (chunk.error) outcomes.push({ status: 'rejected', reason: chunk.error });
      else outcomes.push({ status: 'fulfilled', value: chunk.kind === 'single' ? chunk.result?.[0] : chunk.result });
    }
    if (!isCounted) onRan?.(performance.now() - startedAt);
    return outcomes;
  }

  /** Waits for the call until its time limit or the end of the socket. */
  async #settle<Result>(send: () => Promise<Result>, options: CallOptions): Promise<Result> {
    if (this.lost.aborted) throw this.#isClosed ? this.lost.reason : away(this.lost.reason);
    const { promise: ended, reject } = Promise.withResolvers<never>();
    this.#pending.add(reject);
    const timeoutMs = options.timeoutMs ?? this.#queryTimeoutMs;
    try {
      const result = await within(timeoutMs, Promise.race([send(), ended]));
      this.#answeredAt = performance.now();
      return result;
    } catch (error) {
      throw this.#applyError(error, options.session);
    } finally {
      this.#pending.delete(reject);
    }
  }

  get #isClosed(): boolean {
    const reason: unknown = this.lost.reason;
    return reason instanceof LinkError && reason.code === 'SPOOKY_LINK_CLOSED';
  }

  /** Applies an error to the socket and returns the error for the caller. */
  #applyError(error: unknown, session: Uuid | undefined): unknown {
    if (error instanceof LinkError) {
      if (error.code !== 'SPOOKY_LINK_SILENT') return error;
      // One slow statement must not end the other sessions of the socket, unless the engine does not answer the probe
      // either.
      if (session === undefined) this.terminate(error);
      else void this.probe();
      return error;
    }
    // SDK errors that are not answers of the server concern the socket. An error about a value that cannot be encoded
    // concerns neither.
    if (error instanceof SurrealError && !(error instanceof ServerError)) return this.#terminated(lost(error));
    return databaseErrorKind(error) === 'shutting-down' ? this.#terminated(away(error)) : error;
  }

  #terminated(reason: LinkError): LinkError {
    this.terminate(reason);
    return reason;
  }

  #startHeartbeat(everyMs: number): void {
    const timer = setInterval(() => {
      if (performance.now() - this.#answeredAt >= everyMs) void this.probe();
    }, everyMs);
    timer.unref();
    this.lost.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}

function millisecondsOf(duration: Duration): number {
  const [seconds = 0n, nanoseconds = 0n] = duration.toCompact();
  return Number(seconds) * 1_000 + Number(nanoseconds) / 1e6;
}

/** The results; throws the error to blame if a statement failed. */
function valuesOf(outcomes: readonly Outcome[]): unknown[] {
  const blamed = errorToBlame(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
  if (blamed) throw blamed;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
