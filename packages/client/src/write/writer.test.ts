import { type ClientFrame, FRAME_MAX_BYTES, type WireWrite } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signedOut } from '../auth/auth.ts';
import { endOf, type SocketEnd } from '../connection/socket-end.ts';
import { ClientError } from '../errors.ts';
import { Exchange } from './exchange.ts';
import { type Session, Writer } from './writer.ts';

afterEach(() => {
  vi.useRealTimers();
});

const WRITE: WireWrite = { kind: 'delete', id: { $r: ['thread', 'a'] } };
type WriteFrame = Extract<ClientFrame, { type: 'write' }>;

/** A socket that records what is sent and can be ended. */
function socketOf(user = 'ada') {
  const sent: WriteFrame[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<SocketEnd>();
  const end = (): void => resolve({ kind: 'signed-out' });
  /** The gateway closes the socket because this frame is too large. */
  const refuse = (frame: ClientFrame | undefined): void => {
    const refused = endOf('http://gateway.test', 4413, 'Max payload size exceeded');
    resolve(refused.kind === 'too-large' ? { ...refused, frame } : refused);
  };
  const socket: Session['socket'] = { send: (frame) => void sent.push(frame as WriteFrame), ended, drop: end };
  return { session: { socket, user: new RecordId('user', user) }, sent, end, refuse };
}

/** A writer that gets these sessions one after the other; the last one stays. */
function writerOn(...sockets: readonly ReturnType<typeof socketOf>[]) {
  const left = [...sockets];
  let current = left.shift();
  const session = async (): Promise<Session> => {
    if (current === undefined) throw signedOut();
    const { session } = current;
    void session.socket.ended.then(() => {
      if (current?.session === session) current = left.shift();
    });
    return session;
  };
  return new Writer(session, unknownUser, exchange);
}

let exchange: Exchange;
beforeEach(() => {
  exchange = new Exchange();
});
const unknownUser = () => undefined;
const sentOn = ({ sent }: { sent: WriteFrame[] }, count = 1) => vi.waitFor(() => expect(sent).toHaveLength(count));
const refuse = (
  id: number,
  code: 'SPOOKY_GATEWAY_REFUSED' | 'SPOOKY_GATEWAY_BUSY' | 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN',
) => ({ type: 'refused', id, error: { code, message: code, retryInMs: 1 } }) as const;

describe('a write', () => {
  it('resolves with what the gateway has written', async () => {
    const socket = socketOf();
    const writer = writerOn(socket);
    const written = writer.write(WRITE);
    await sentOn(socket);
    expect(socket.sent).toEqual([{ type: 'write', id: 1, write: WRITE, key: expect.stringMatching(/^\w{20}$/) }]);
    exchange.receive({ type: 'written', id: 1, result: { id: { $r: ['thread', 'a'] } }, visibleIn: 1 });
    expect(await written).toEqual({ id: new RecordId('thread', 'a') });
  });

  it('is refused with the gateway’s reason', async () => {
    const socket = socketOf();
    const writer = writerOn(socket);
    const written = writer.write(WRITE);
    await sentOn(socket);
    exchange.receive({
      type: 'refused',
      id: 1,
      error: { code: 'SPOOKY_GATEWAY_REFUSED', message: 'No.', reason: 'not-yours' },
    });
    await expect(written).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED', message: 'No.', reason: 'not-yours' });
  });

  it('is sent again on the next connection with the same key', async () => {
    const [first, second] = [socketOf(), socketOf()];
    const writer = writerOn(first, second);
    const written = writer.write(WRITE);
    await sentOn(first);
    first.end();
    await sentOn(second);
    expect(second.sent).toEqual([{ ...first.sent[0], id: 2 }]);
    // A late answer to the first try has no effect.
    exchange.receive(refuse(1, 'SPOOKY_GATEWAY_REFUSED'));
    exchange.receive({ type: 'written', id: 2, result: null, visibleIn: 1 });
    expect(await written).toBeNull();
  });

  it('is retried if the gateway is busy or does not know the outcome', async () => {
    const socket = socketOf();
    const writer = writerOn(socket);
    const written = writer.write(WRITE);
    await sentOn(socket);
    exchange.receive(refuse(1, 'SPOOKY_GATEWAY_BUSY'));
    await sentOn(socket, 2);
    exchange.receive(refuse(2, 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN'));
    await sentOn(socket, 3);
    expect(new Set(socket.sent.map(({ key }) => key)).size).toBe(1);
    exchange.receive({ type: 'written', id: 3, result: null, visibleIn: 1 });
    await written;
  });

  it('is not completed in the session of another user', async () => {
    const [first, second] = [socketOf('ada'), socketOf('bob')];
    const writer = writerOn(first, second);
    const written = writer.write(WRITE);
    await sentOn(first);
    first.end();
    await expect(written).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
    expect(second.sent).toEqual([]);
  });

  it('that waits for a connection is not sent in the session of another user', async () => {
    const { session, sent } = socketOf('bob');
    let user = new RecordId('user', 'ada');
    const { promise: connected, resolve } = Promise.withResolvers<Session>();
    const writer = new Writer(
      () => connected,
      () => user,
      exchange,
    );
    const written = writer.write(WRITE);
    user = session.user;
    resolve(session);
    await expect(written).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_SIGNED_OUT' });
    expect(sent).toEqual([]);
  });

  it('that was never sent fails with the reason', async () => {
    const writer = new Writer(
      async () => {
        throw new ClientError('SPOOKY_CLIENT_NOT_CONNECTED', 'x');
      },
      unknownUser,
      exchange,
    );
    await expect(writer.write(WRITE)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_NOT_CONNECTED' });
  });

  it('without an answer ends its connection, with an unknown outcome', async () => {
    vi.useFakeTimers();
    const [first, second] = [socketOf(), socketOf()];
    const writer = writerOn(first, second);
    const written = expect(writer.write(WRITE)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
    await vi.advanceTimersByTimeAsync(30_000);
    await written;
    expect(second.sent).toEqual([]);
  });

  it('that is too large for the gateway fails, and another one is sent again', async () => {
    const [first, second] = [socketOf(), socketOf()];
    const writer = writerOn(first, second);
    const writes = [writer.write(WRITE), writer.write(WRITE)];
    await sentOn(first, 2);
    first.refuse(first.sent[1]);
    await expect(writes[1]).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_TOO_LARGE' });
    await sentOn(second);
    exchange.receive({ type: 'written', id: 3, result: null, visibleIn: 1 });
    expect([await writes[0], second.sent.length]).toEqual([null, 1]);
  });

  it('that may have been made before is in doubt if it is too large the second time', async () => {
    const [first, second] = [socketOf(), socketOf()];
    const writer = writerOn(first, second);
    const written = writer.write(WRITE);
    await sentOn(first);
    first.end();
    await sentOn(second);
    second.refuse(second.sent[0]);
    await expect(written).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
  });

  it('above the limit is refused before it is sent, with the limit in the message', async () => {
    const socket = socketOf();
    const writer = writerOn(socket);
    const large: WireWrite = { kind: 'update', id: { $r: ['thread', 'a'] }, fields: { title: 'ä'.repeat(140_000) } };
    await expect(writer.write(large)).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_TOO_LARGE',
      message: expect.stringContaining(`at most ${FRAME_MAX_BYTES}`),
    });
    expect(socket.sent).toEqual([]);
  });
});

it('keeps the order of many waiting writes', async () => {
  const socket = socketOf();
  const writer = writerOn(socket);
  const writes = Array.from({ length: 50 }, () => writer.write(WRITE));
  for (let answered = 0; answered < 50; answered += 1) {
    await vi.waitFor(() => expect(socket.sent.length).toBeGreaterThan(answered));
    expect(socket.sent.length - answered).toBeLessThanOrEqual(16);
    exchange.receive({ type: 'written', id: answered + 1, result: answered, visibleIn: 1 });
  }
  expect(await Promise.all(writes)).toEqual(Array.from({ length: 50 }, (_, n) => n));
});
