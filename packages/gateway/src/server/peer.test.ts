import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { LIMITS } from '../limits.ts';
import { watchPeer } from './peer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const pings: Buffer[] = [];
  const socket = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    ping: (data: Buffer) => pings.push(data),
    terminate: vi.fn(),
  });
  watchPeer(socket as unknown as WebSocket);
  const nextPing = () => vi.advanceTimersByTime(LIMITS.socket.pingMs);
  return { socket, pings, nextPing };
}

describe('a peer', () => {
  it('stays connected if it answers pings', () => {
    const { socket, pings, nextPing } = watched();
    for (let round = 0; round < 5; round += 1) {
      nextPing();
      socket.emit('pong', pings.at(-1));
    }
    expect(socket.terminate).not.toHaveBeenCalled();
    expect(pings).toHaveLength(5);
  });

  it('is cut off at the next ping if it does not answer', () => {
    const { socket, nextPing } = watched();
    nextPing();
    expect(socket.terminate).not.toHaveBeenCalled();
    nextPing();
    expect(socket.terminate).toHaveBeenCalledOnce();
  });

  it('cannot forge an answer', () => {
    const { socket, nextPing } = watched();
    nextPing();
    socket.emit('pong', Buffer.from('12345678'));
    nextPing();
    expect(socket.terminate).toHaveBeenCalledOnce();
  });

  it('stays connected if it reads slowly, and is cut off if it reads nothing', () => {
    const { socket, nextPing } = watched();
    for (const waiting of [5_000_000, 4_000_000, 3_000_000]) {
      socket.bufferedAmount = waiting;
      nextPing();
    }
    expect(socket.terminate).not.toHaveBeenCalled();
    nextPing();
    expect(socket.terminate).toHaveBeenCalledOnce();
  });

  it('is no longer watched after it has disconnected', () => {
    const { socket, pings, nextPing } = watched();
    socket.emit('close');
    nextPing();
    nextPing();
    expect(pings).toEqual([]);
    expect(socket.terminate).not.toHaveBeenCalled();
  });
});
