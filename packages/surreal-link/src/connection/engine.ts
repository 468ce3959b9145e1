/**
 * The SDK's engine on one socket. The SDK implements the protocol. Its reconnect, its sessions and its token renewal
 * are not used: a reconnect sends the calls in flight a second time, and the other two use timers that continue after a
 * session is closed.
 */
import { type DriverContext, type RpcRequest, Surreal, WebSocketEngine } from 'surrealdb';
import { away, LinkError } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import { socketFor } from '../socket/sockets.ts';
import { LinkCodec } from './codec.ts';
import { within } from './within.ts';

export interface OpenEngine {
  readonly surreal: Surreal;
  readonly engine: WebSocketEngine;
  /** Calls the listener when the socket has ended, with the cause if there is one. */
  onDisconnected(listener: (cause: unknown) => void): void;
}

/**
 * Opens a socket and the SDK's engine on it.
 *
 * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_SILENT, or the signal's reason
 */
export async function openEngine(settings: LinkSettings, abandon: AbortSignal): Promise<OpenEngine> {
  let engine: WebSocketEngine | undefined;
  const makeEngine = (context: DriverContext): WebSocketEngine => {
    engine = new HandledPingEngine(context);
    return engine;
  };
  const surreal = new Surreal({
    engines: { ws: makeEngine, wss: makeEngine },
    websocketImpl: socketFor(settings.url),
    codecOptions: { useNativeDates: settings.nativeDates },
    codecs: { cbor: (options) => new LinkCodec(options) },
  });
  const failed = Promise.withResolvers<never>();
  let cause: unknown;
  surreal.subscribe('error', (error) => {
    cause = error.cause ?? error;
  });
  // If the server does not answer or closes the connection, `connect` never settles. Only this event reports it.
  surreal.subscribe('disconnected', () => failed.reject(away(cause)));
  const stop = (): void => failed.reject(abandon.reason);
  abandon.addEventListener('abort', stop);
  try {
    abandon.throwIfAborted();
    const opening = surreal.connect(settings.url, { reconnect: false });
    opening.catch(() => undefined);
    await within(settings.connectTimeoutMs, Promise.race([opening, failed.promise]));
    if (engine === undefined || !surreal.isConnected) throw away(cause);
  } catch (error) {
    void surreal.close().catch(() => undefined);
    throw error instanceof LinkError || abandon.aborted ? error : away(error);
  } finally {
    abandon.removeEventListener('abort', stop);
  }
  return {
    surreal,
    engine,
    onDisconnected: (listener) => void surreal.subscribe('disconnected', () => listener(cause)),
  };
}

/** The SDK pings without handling the answer. A ping that is cut off must not become an unhandled rejection. */
class HandledPingEngine extends WebSocketEngine {
  override send<Method extends string, Params extends unknown[] | undefined, Result>(
    request: RpcRequest<Method, Params>,
  ): Promise<Result> {
    const call = super.send<Method, Params, Result>(request);
    call.catch(() => undefined);
    return call;
  }
}
