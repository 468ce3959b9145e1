import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { LIMITS } from '../limits.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';

/** The codes of `ws` for faults of a peer, and ours for them. */
const OWN_CODES = new Map<number, number>([
  [1002, CLOSE_REASONS.badFrame],
  [1003, CLOSE_REASONS.badFrame],
  [1007, CLOSE_REASONS.badFrame],
  [1008, CLOSE_REASONS.badFrame],
  [1009, CLOSE_REASONS.tooLarge],
]);

/** `ws` closes by itself at a fault of the peer; the peer is given the reasons of this format all the same. */
export class GatewayWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === undefined ? undefined : (OWN_CODES.get(code) ?? code), reason);
  }
}

/**
 * Ends a socket whose peer is gone: one that, from one ping to the next, neither answers it nor takes in anything that
 * waits to be sent. A slow peer takes in something. The answer must hold the bytes of the ping, so a peer that reads nothing
 * cannot make one up.
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

/** Starts the closing handshake; a peer that does not take part is cut off soon. */
export function closePeer(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  timer.unref();
  socket.on('close', () => clearTimeout(timer));
}

const CLOSE_TIMEOUT_MS = 2_000;
