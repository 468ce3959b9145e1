/**
 * The WebSocket implementations that the SDK's engine uses.
 *
 * `ws` is the default: it uses no proxy unless it is given one, it ends a socket whose other side is silent, and a
 * query costs it a fifth less processor time than Node's own WebSocket (53 against 67 µs). Node's WebSocket is used if
 * the environment asks for a proxy and the database is on another machine, because it supports proxies.
 */
import { WebSocket as WsSocket } from 'ws';
import { isLoopback } from './loopback.ts';
import { inSeparateTurn } from './separate-turns.ts';

/** How long a server may take to answer the close frame, in milliseconds. After that the socket is terminated. */
export const CLOSE_TIMEOUT_MS = 500;
/** The largest message that SurrealDB itself accepts, in bytes. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

/** `ws` with the types of the standard interface, which the SDK uses, and of its event emitter. */
interface EmittingSocket extends WebSocket {
  emit(type: string, value: unknown): boolean;
}
const Ws = WsSocket as unknown as new (url: string, protocol: string, options: object) => EmittingSocket;

class DirectSocket extends Ws {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false, closeTimeout: CLOSE_TIMEOUT_MS, maxPayload: MAX_MESSAGE_BYTES });
  }

  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    super.addEventListener(type, inSeparateTurn(this, listener), options);
  }

  /** The SDK reports a message that it cannot read by dispatching an error event. `ws` does not have that method. */
  override dispatchEvent(event: Event): boolean {
    const detail: unknown = 'detail' in event ? event.detail : undefined;
    return this.emit(event.type, detail instanceof Error ? detail : new Error('the message cannot be read'));
  }
}

class PlatformSocket extends WebSocket {
  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    super.addEventListener(type, inSeparateTurn(this, listener), options);
  }
}

/**
 * The WebSocket class for a database.
 *
 * @param url the address of the database
 * @param usesProxy whether the environment asks for a proxy; default: as Node decides
 */
export function socketFor(url: URL, usesProxy = environmentAsksForProxy()): typeof WebSocket {
  if (usesProxy && !isLoopback(url)) return PlatformSocket;
  return DirectSocket as unknown as typeof WebSocket;
}

/** Node uses HTTP_PROXY and similar variables only if it is asked to. */
function environmentAsksForProxy(): boolean {
  const flag = '--use-env-proxy';
  const { NODE_USE_ENV_PROXY: asked, NODE_OPTIONS: options = '' } = process.env;
  return asked === '1' || process.execArgv.includes(flag) || options.split(/\s+/).includes(flag);
}
