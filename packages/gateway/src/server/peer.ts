import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { LIMITS } from '../limits.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';

/** The close codes with which `ws` reports a peer's error, and the protocol's code for each. */
const OWN_CODES = new Map<number, number>([
  [1002, CLOSE_REASONS.badFrame],
  [1003, CLOSE_REASONS.badFrame],
  [1007, CLOSE_REASONS.badFrame],
  [1008, CLOSE_REASONS.badFrame],
  [1009, CLOSE_REASONS.tooLarge],
]);

/**
 * `ws` closes a socket by itself if the peer makes an error. This class gives the peer a close code of the protocol
 * instead.
 */
export class GatewayWebSocket extends WebSocket {
  #sentCode: number | undefined;

  /** The code of the first close frame that was sent; undefined if none was. */
  get sentCode(): number | undefined {
    return this.#sentCode;
  }

  override close(code?: number, reason?: string | Buffer): void {
    const sent = code === undefined ? undefined : (OWN_CODES.get(code) ?? code);
    this.#sentCode ??= sent;
    super.close(sent, reason);
  }
}

/**
 * Terminates a socket whose peer is gone: one that, between two pings, neither answers the ping nor reads anything that
 * waits to be sent. A slow peer reads something. The answer must contain the ping's bytes, so a peer that reads nothing
 * cannot forge it.
 */
export function watchPeer(socket: WebSocket): void {
  let expected: Buffer | undefined;
  let waitingBytes = 0;
  const timer = setInterval(() => {
    const isStuck = socket.bufferedAmount > 0 && socket.bufferedAmount >= waitingBytes;
    if (expected !== undefined && (isStuck || socket.bufferedAmount === 0)) return socket.terminate();
    waitingBytes = socket.bufferedAmount;
    expected = randomBytes(8);
    socket.ping(expected);
  }, LIMITS.socket.pingMs);
  timer.unref();
  socket.on('pong', (data) => {
    if (expected?.equals(data)) expected = undefined;
  });
  socket.on('close', () => clearInterval(timer));
}

/** Starts the closing handshake. A peer that does not complete it is cut off after CLOSE_TIMEOUT_MS. */
export function closePeer(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  timer.unref();
  socket.on('close', () => clearTimeout(timer));
}

const CLOSE_TIMEOUT_MS = 2_000;
