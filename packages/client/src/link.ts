import { type DriverContext, type LiveMessage, type RpcRequest, Surreal, type Uuid, WebSocketEngine } from 'surrealdb';
import { ClientError } from './errors.ts';
import { turnByTurn } from './turn-by-turn.ts';

/** Where and how to connect. */
export interface LinkOptions {
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 20_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;

/** The link is gone; whether a call that was under way has had its effect is not known. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
}

/**
 * One open socket, from its opening to its end; a new connection is a new link.
 *
 * The SDK could reconnect by itself, but would then send the calls that were under way a second time (a job would be
 * started twice), leave them hanging when the new connection fails, and use up the refresh token without asking the
 * other tabs. So each link is an SDK connection that ends for good when its socket does, and authentication goes to
 * the SDK's engine directly.
 */
export class Link {
  readonly engine: WebSocketEngine;
  /** Aborted when the socket has ended, for whatever reason. */
  readonly lost: AbortSignal;
  readonly #surreal: Surreal;
  readonly #end: AbortController;

  private constructor(surreal: Surreal, engine: WebSocketEngine, end: AbortController) {
    this.#surreal = surreal;
    this.engine = engine;
    this.#end = end;
    this.lost = end.signal;
    const heartbeat = setInterval(() => void this.probe(), HEARTBEAT_MS);
    this.lost.addEventListener('abort', () => clearInterval(heartbeat), { once: true });
  }

  /** Opens a socket and selects the database; nobody is signed in yet. Throws when that does not work out in time. */
  static async open({ url, namespace, database }: LinkOptions, abandon: AbortSignal): Promise<Link> {
    let engine: WebSocketEngine | undefined;
    const makeEngine = (context: DriverContext): WebSocketEngine => {
      engine = new QuietEngine(context);
      return engine;
    };
    const surreal = new Surreal({ engines: { ws: makeEngine, wss: makeEngine }, ...turnByTurn() });
    const end = new AbortController();
    surreal.subscribe('disconnected', () => end.abort());
    const opening = surreal.connect(url, { namespace, database, reconnect: false });
    try {
      await settled(opening, AbortSignal.any([end.signal, abandon]), CONNECT_TIMEOUT_MS);
      if (engine === undefined) throw new LinkLostError('The SDK made no engine.');
      return new Link(surreal, engine, end);
    } catch (error) {
      end.abort();
      void surreal.close().catch(() => undefined);
      throw error;
    }
  }

  /** Runs one SurrealQL statement. Throws LinkLostError when the link ends first, or does not answer in time. */
  async query(text: string, bindings: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const [result] = await this.call(() => this.#surreal.query<[unknown]>(text, { ...bindings }).collect<[unknown]>());
    return result;
  }

  /** Guards any call on the engine in the same way. */
  async call<Result>(send: () => Promise<Result>): Promise<Result> {
    if (this.lost.aborted) throw new LinkLostError('The connection is gone.');
    try {
      return await settled(send(), this.lost, CALL_TIMEOUT_MS);
    } catch (error) {
      // A link that has left a call unanswered is of no use for the next one either.
      if (error instanceof LinkLostError) this.drop();
      throw error;
    }
  }

  /** The notifications of a LIVE query, from its registration on. Ends with the link. */
  notifications(id: Uuid): AsyncIterable<LiveMessage> {
    return this.engine.liveQuery(id);
  }

  /** Finds out whether the other side is still there, and drops the link when it is not. */
  async probe(): Promise<void> {
    try {
      await settled(this.engine.health(), this.lost, HEARTBEAT_TIMEOUT_MS);
    } catch {
      this.drop();
    }
  }

  /** Ends the link at once. May be called again. */
  drop(): void {
    if (this.lost.aborted) return;
    this.#end.abort();
    void this.#surreal.close().catch(() => undefined);
  }
}

/** The SDK's pings have nobody who waits for them: one that is cut off must not be an unhandled rejection. */
class QuietEngine extends WebSocketEngine {
  override send<Method extends string, Params extends unknown[] | undefined, Result>(
    request: RpcRequest<Method, Params>,
  ): Promise<Result> {
    const call = super.send<Method, Params, Result>(request);
    call.catch(() => undefined);
    return call;
  }
}

/** Waits for a call, but not beyond the end of its link nor longer than the limit. */
function settled<Result>(call: Promise<Result>, lost: AbortSignal, limitMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      lost.removeEventListener('abort', onLost);
    };
    const onLost = (): void => {
      leave();
      reject(new LinkLostError('The connection was lost.'));
    };
    const timer = setTimeout(() => {
      leave();
      reject(new LinkLostError(`The database has not answered for ${limitMs / 1000} seconds.`));
    }, limitMs);
    lost.addEventListener('abort', onLost);
    call.then(
      (result) => {
        leave();
        resolve(result);
      },
      (error: unknown) => {
        // The SDK ends calls a moment before it tells that the connection ended, so its own word for it counts too.
        leave();
        reject(isLoss(error) ? new LinkLostError('The connection was lost.', { cause: error }) : error);
      },
    );
    if (lost.aborted) onLost();
  });
}

function isLoss(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return (
    name === 'CallTerminatedError' || name === 'ConnectionUnavailableError' || name === 'UnexpectedConnectionError'
  );
}

/** The error to show while there is no link. */
export function notConnected(url: string, cause: unknown): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_NOT_CONNECTED',
    `There is no connection to the database at ${url}. It is tried again until it works; check that the database runs and that the address is right.`,
    { cause },
  );
}
