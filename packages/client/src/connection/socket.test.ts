import { PROTOCOL } from '@spookify/gateway/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StubWebSocket } from '../testing/stub-websocket.ts';
import { Socket } from './socket.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open({ hello = true } = {}) {
  const stub = new StubWebSocket();
  const frames: unknown[] = [];
  const socket = new Socket({
    dial: () => stub as unknown as WebSocket,
    base: 'http://gateway.test',
    onFrame: (frame) => void frames.push(frame),
  });
  if (hello) stub.hello();
  return { stub, socket, frames };
}

describe('a socket', () => {
  it('is open when the gateway has sent hello', async () => {
    const { stub, socket, frames } = open({ hello: false });
    socket.send({ type: 'ping' });
    expect([socket.isOpen, stub.sent]).toEqual([false, []]);
    stub.hello();
    expect(await socket.hello).toMatchObject({ user: { $r: ['user', 'ada'] } });
    socket.send({ type: 'ping' });
    stub.say('{"type":"pong"}');
    expect([socket.isOpen, stub.sent, frames]).toEqual([true, [{ type: 'ping' }], [{ type: 'pong' }]]);
  });

  it.each([
    [4401, 'signed-out', undefined],
    [4403, 'refused', 'SPOOKY_CLIENT_FOREIGN_ORIGIN'],
    [4426, 'refused', 'SPOOKY_CLIENT_WRONG_VERSION'],
    [4503, 'stopping', 'SPOOKY_CLIENT_NOT_CONNECTED'],
    [4400, 'lost', 'SPOOKY_CLIENT_GATEWAY'],
    [4408, 'lost', 'SPOOKY_CLIENT_GATEWAY'],
    [4413, 'too-large', 'SPOOKY_CLIENT_TOO_LARGE'],
    [1009, 'too-large', 'SPOOKY_CLIENT_TOO_LARGE'],
    [4429, 'lost', 'SPOOKY_CLIENT_GATEWAY'],
    [1006, 'lost', 'SPOOKY_CLIENT_NOT_CONNECTED'],
    [1011, 'lost', 'SPOOKY_CLIENT_NOT_CONNECTED'],
  ])('that is closed with %i is %s', async (code, kind, error) => {
    const { stub, socket } = open();
    stub.end(code, 'because');
    const end = await socket.ended;
    expect(end.kind).toBe(kind);
    expect('error' in end ? end.error.code : undefined).toBe(error);
    if (error === 'SPOOKY_CLIENT_GATEWAY' || code === 4503)
      expect('error' in end && end.error.message).toContain('because');
    expect(socket.isOpen).toBe(false);
  });

  it('ends when the gateway does not send hello first', async () => {
    const silent = open({ hello: false });
    vi.advanceTimersByTime(10_000);
    expect([(await silent.socket.ended).kind, await silent.socket.hello, silent.stub.isClosed]).toEqual([
      'lost',
      undefined,
      true,
    ]);
    const wrong = open({ hello: false });
    wrong.stub.say('{"type":"pong"}');
    expect((await wrong.socket.ended).kind).toBe('lost');
    const newer = open({ hello: false });
    newer.stub.hello('ada', { protocol: PROTOCOL + 1 });
    expect(await newer.socket.ended).toMatchObject({ kind: 'refused', error: { code: 'SPOOKY_CLIENT_WRONG_VERSION' } });
  });

  it.each(['', '{', 'null', '7', '{}', new ArrayBuffer(1)])('ends when the gateway sends %j', async (data) => {
    const { stub, socket, frames } = open();
    stub.say(data);
    expect((await socket.ended).kind).toBe('lost');
    stub.say('{"type":"pong"}');
    expect(frames).toEqual([]);
  });

  it('pings every 20 seconds, and ends after 10 seconds without an answer', async () => {
    const { stub, socket } = open();
    vi.advanceTimersByTime(20_000);
    expect(stub.sent).toEqual([{ type: 'ping' }]);
    stub.say('{"type":"pong"}');
    vi.advanceTimersByTime(20_000);
    expect([stub.sent.length, socket.isOpen]).toEqual([2, true]);
    vi.advanceTimersByTime(10_000);
    expect(socket.isOpen).toBe(false);
    expect(await socket.ended).toMatchObject({ kind: 'lost', error: { code: 'SPOOKY_CLIENT_NOT_CONNECTED' } });
    vi.advanceTimersByTime(100_000);
    expect(stub.sent).toHaveLength(2);
  });

  it('pings immediately when it is probed, and only once', () => {
    const { stub, socket } = open();
    socket.probe();
    socket.probe();
    expect(stub.sent).toEqual([{ type: 'ping' }]);
  });

  it('spreads frames over time, within the rate of the gateway', async () => {
    const { stub, socket } = open();
    for (let n = 0; n < 1_000; n += 1) socket.send({ type: 'unsubscribe', id: n });
    expect(stub.sent.length).toBeLessThanOrEqual(400);
    let before = stub.sent.length;
    for (let second = 0; stub.sent.length < 1_000; second += 1) {
      expect(second).toBeLessThan(20);
      await vi.advanceTimersByTimeAsync(1_000);
      stub.say('{"type":"pong"}');
      // At most as many as the gateway accepts, besides the pings.
      expect(stub.sent.length - before).toBeLessThanOrEqual(100);
      before = stub.sent.length;
    }
    const ids = stub.sent.flatMap((frame) => (frame as { id?: number }).id ?? []);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => n));
  });

  it('sends nothing after its end', () => {
    const { stub, socket } = open();
    for (let n = 0; n < 1_000; n += 1) socket.send({ type: 'unsubscribe', id: n });
    socket.drop();
    socket.drop();
    const { length } = stub.sent;
    socket.send({ type: 'ping' });
    vi.advanceTimersByTime(60_000);
    expect(stub.sent).toHaveLength(length);
  });
});
