/**
 * The sockets that the SDK's engine is given in place of the platform's.
 *
 * `ws` is the rule: it has no proxy unless it is given one, it ends a socket whose other side is silent by itself, and a
 * query costs it a fifth less processor time than Node's own WebSocket (53 against 67 µs). Node's WebSocket is used where
 * the environment asks for a proxy and the database is on another machine, because it knows how to reach one.
 */
import { WebSocket as WsSocket } from 'ws';
import { isLoopback } from './loopback.ts';
import { inTurn } from './turn-by-turn.ts';

/** As long as a server that is alive needs to say goodbye; a silent one is cut off after that. */
export const CLOSE_TIMEOUT_MS = 500;
/** What SurrealDB itself accepts as one message. */
const LARGEST_MESSAGE = 128 * 1024 * 1024;

/** `ws` by the standard's interface, which the SDK uses, and as the emitter that it is. */
interface EmittingSocket extends WebSocket {
  emit(type: string, value: unknown): boolean;
}
const Ws = WsSocket as unknown as new (url: string, protocol: string, options: object) => EmittingSocket;

class DirectSocket extends Ws {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false, closeTimeout: CLOSE_TIMEOUT_MS, maxPayload: LARGEST_MESSAGE });
  }

  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    super.addEventListener(type, inTurn(this, listener), options);
  }

  /** The SDK reports a message that it cannot read by dispatching an error event; `ws` has no such method. */
  override dispatchEvent(event: Event): boolean {
    const detail: unknown = 'detail' in event ? event.detail : undefined;
    return this.emit(event.type, detail instanceof Error ? detail : new Error('the message cannot be read'));
  }
}

class PlatformSocket extends WebSocket {
  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    super.addEventListener(type, inTurn(this, listener), options);
  }
}

/** The socket to reach `url` with. */
export function socketFor(url: URL, usesProxy = environmentAsksForProxy()): typeof WebSocket {
  if (usesProxy && !isLoopback(url)) return PlatformSocket;
  return DirectSocket as unknown as typeof WebSocket;
}

/** Node heeds HTTP_PROXY and its like only when asked to. */
function environmentAsksForProxy(): boolean {
  const flag = '--use-env-proxy';
  const { NODE_USE_ENV_PROXY: asked, NODE_OPTIONS: options = '' } = process.env;
  return asked === '1' || process.execArgv.includes(flag) || options.split(/\s+/).includes(flag);
}
