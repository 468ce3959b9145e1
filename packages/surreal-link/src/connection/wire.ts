/*
 * One socket, from its opening to its end. A new connection is a new wire.
 *
 * The SDK never settles the calls that were under way when we close it. Here every call settles: by its answer, at the end
 * of the wire, or by its time limit, which ends the wire.
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

/** What a call may take besides its parameters. */
export interface CallOptions {
  /** A session that was attached to this wire; the wire's own by default. */
  readonly session?: Uuid | undefined;
  /** A transaction that was begun on this wire; none by default. */
  readonly transaction?: Uuid | undefined;
  /** Past it the call fails as silent. Default: `queryTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /**
   * Told of each statement how long it ran, by the engine's own count: what it waited for its turn is not in it. Of an
   * engine that does not say, the time until its answer counts.
   */
  readonly onRan?: ((ms: number) => void) | undefined;
}

type Outcome = PromiseSettledResult<unknown>;

export class Wire {
  /** Aborted when the socket has ended; its reason is a LinkError. */
  readonly lost: AbortSignal;
  readonly #end = new AbortController();
  readonly #surreal: Surreal;
  readonly #engine: WebSocketEngine;
  readonly #queryTimeoutMs: number;
  /** Settle the calls under way when the wire ends. */
  readonly #pending = new Set<(reason: unknown) => void>();
  #answeredAt = 0;
  #closing: Promise<void> | undefined;

  private constructor({ surreal, engine }: OpenEngine, { queryTimeoutMs, heartbeatMs }: LinkSettings) {
    this.#surreal = surreal;
    this.#engine = engine;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.lost = this.#end.signal;
    if (heartbeatMs !== Number.POSITIVE_INFINITY) this.#beat(heartbeatMs);
  }

  /**
   * Opens a socket; no user is signed in on it yet.
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_SILENT, or the signal's reason
   */
  static async open(settings: LinkSettings, abandon: AbortSignal): Promise<Wire> {
    const opened = await openEngine(settings, abandon);
    const wire = new Wire(opened, settings);
    opened.onDisconnected((cause) => wire.drop(lost(cause)));
    return wire;
  }

  /**
   * Runs a text and gives each statement's result.
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_LOST or SPOOKY_LINK_SILENT
   * @throws ServerError what the database says about the statement to blame, or about the session
   */
  query(text: string, bindings: Record<string, unknown> = {}, options: CallOptions = {}): Promise<unknown[]> {
    return this.#settle(async () => valuesOf(await this.#run(text, bindings, options)), options);
  }

  /** As `query`, and gives the outcome of each statement. */
  settled(text: string, bindings: Record<string, unknown> = {}, options: CallOptions = {}): Promise<Outcome[]> {
    return this.#settle(() => this.#run(text, bindings, options), options);
  }

  /** Any other call of the protocol. */
  call<Result>(method: string, params: unknown[] = [], options: CallOptions = {}): Promise<Result> {
    const { session } = options;
    const request = { method, params, ...(session && { session }) };
    return this.#settle(() => this.#engine.send<string, unknown[], Result>(request), options);
  }

  /** What a LIVE query reports, in the order of arrival, until it or the wire ends. */
  notifications(id: Uuid): AsyncIterator<LiveMessage> {
    return this.#engine.liveQuery(id)[Symbol.asyncIterator]();
  }

  /** Asks the engine for a sign of life; ends the wire when there is none in time. */
  async probe(): Promise<void> {
    await this.query('RETURN NONE').catch((error: unknown) => {
      if (!(error instanceof LinkError)) this.drop(lost(error));
    });
  }

  /** Whether the engine answers within `ms`. Never throws, and leaves a slow wire alone. */
  async answers(ms: number): Promise<boolean> {
    const asked = this.query('RETURN NONE').then(
      () => true,
      () => false,
    );
    return within(ms, asked).catch(() => false);
  }

  /** Ends the wire at once: its calls fail with the reason. May be called again. */
  drop(reason: LinkError): void {
    if (this.lost.aborted) return;
    for (const fail of this.#pending) fail(reason);
    this.#pending.clear();
    this.#end.abort(reason);
    this.#closing = within(CLOSE_TIMEOUT_MS, this.#surreal.close()).then(
      () => undefined,
      () => undefined,
    );
  }

  /** As `drop`, and resolves when the socket is gone. A side that does not answer the goodbye is not waited for. */
  async close(reason: LinkError): Promise<void> {
    this.drop(reason);
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

  /** Waits for the call, but not beyond the end of the wire nor the time limit. */
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
      throw this.#judge(error, options.session);
    } finally {
      this.#pending.delete(reject);
    }
  }

  get #isClosed(): boolean {
    const reason: unknown = this.lost.reason;
    return reason instanceof LinkError && reason.code === 'SPOOKY_LINK_CLOSED';
  }

  /** Decides what an error means for the wire, and what the caller is given. */
  #judge(error: unknown, session: Uuid | undefined): unknown {
    if (error instanceof LinkError) {
      if (error.code !== 'SPOOKY_LINK_SILENT') return error;
      // One slow statement must not end the other sessions of the wire: they go with it only if the engine is silent too.
      if (session === undefined) this.drop(error);
      else void this.probe();
      return error;
    }
    // Errors of the SDK that are no answer of the server are about the socket. A value that cannot be encoded is neither.
    if (error instanceof SurrealError && !(error instanceof ServerError)) return this.#ended(lost(error));
    return databaseErrorKind(error) === 'shutting-down' ? this.#ended(away(error)) : error;
  }

  #ended(reason: LinkError): LinkError {
    this.drop(reason);
    return reason;
  }

  #beat(everyMs: number): void {
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

/** The results, or the error to blame. */
function valuesOf(outcomes: readonly Outcome[]): unknown[] {
  const blamed = errorToBlame(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
  if (blamed) throw blamed;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
