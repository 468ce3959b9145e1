import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roundOf, rowsOf } from '../testing/gateway-frames.ts';
import { stubClient } from '../testing/stub-client.ts';
import { gatewayError } from './gateway-error.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

/** A client on its first socket. */
async function connected() {
  const client = stubClient();
  await settle();
  client.last.hello();
  await settle();
  expect(client.db.connection.state).toEqual({ kind: 'connected' });
  return client;
}

describe('a connection', () => {
  it('requests the protocol version, and on the next socket nothing older than it has shown', async () => {
    const client = await connected();
    expect(client.sockets[0]?.url).toBe('ws://gateway.test/spooky/socket?protocol=2');
    client.db.watch(client.db.query('thread').build(), () => undefined);
    client.last.frame({ type: 'subscribed', id: 1, view: 1 });
    for (const frame of roundOf(7, { type: 'snapshot', view: 1, ...rowsOf({ a: 'x' }) })) client.last.frame(frame);
    client.last.end(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.sockets[1]?.url).toBe('ws://gateway.test/spooky/socket?protocol=2&round=7');
    client.last.hello();
    await settle();
    expect(client.last.sent).toEqual([expect.objectContaining({ type: 'subscribe', digest: expect.any(String) })]);
    client.db.close();
  });

  it('waits longer after each failed attempt, and does not wait after a success', async () => {
    const client = await connected();
    client.last.end(1006);
    const delays: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const { length } = client.sockets;
      let waited = 0;
      await settle();
      for (; client.sockets.length === length; waited += 125) await vi.advanceTimersByTimeAsync(125);
      delays.push(waited);
      expect(client.db.connection.state).toMatchObject({ kind: 'reconnecting', attempt });
      client.last.end(1006);
    }
    expect(delays).toEqual([250, 375, 750, 1_500, 3_000, 6_000, 7_500, 7_500].map((ms) => expect.closeTo(ms, -3)));
    await vi.advanceTimersByTimeAsync(10_000);
    client.last.hello();
    await settle();
    client.last.end(1006);
    const { length } = client.sockets;
    await vi.advanceTimersByTimeAsync(250);
    expect(client.sockets).toHaveLength(length + 1);
    client.db.close();
  });

  it('connects to the next gateway immediately when one stops', async () => {
    const client = await connected();
    client.last.end(4503);
    await vi.advanceTimersByTimeAsync(100);
    expect(client.sockets).toHaveLength(2);
    // A gateway that stops before hello is a failed attempt, so there is a delay.
    client.last.end(4503);
    await vi.advanceTimersByTimeAsync(100);
    expect(client.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.sockets).toHaveLength(3);
    client.db.close();
  });

  it.each([4400, 4408, 4429])('that is closed with %i says so, and tries again ever more slowly', async (code) => {
    const client = await connected();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      client.last.end(code, 'too much of it');
      await settle();
      expect(client.db.connection.state).toMatchObject({
        kind: 'reconnecting',
        error: { code: 'SPOOKY_CLIENT_GATEWAY', message: expect.stringContaining('too much of it') },
      });
      const { length } = client.sockets;
      await vi.advanceTimersByTimeAsync(100 * 2 ** attempt);
      expect(client.sockets).toHaveLength(length);
      await vi.advanceTimersByTimeAsync(200 * 2 ** attempt);
      expect(client.sockets).toHaveLength(length + 1);
      client.last.hello();
      await settle();
    }
    client.db.close();
  });

  it.each([
    [4403, 'SPOOKY_CLIENT_FOREIGN_ORIGIN'],
    [4426, 'SPOOKY_CLIENT_WRONG_VERSION'],
  ])('that is closed with %i stops, together with queries and writes', async (code, error) => {
    const client = await connected();
    const states: unknown[] = [];
    client.db.watch(client.db.query('thread').build(), (state) => states.push(state));
    client.last.end(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.sockets).toHaveLength(1);
    expect(client.db.connection.state).toMatchObject({ kind: 'closed', error: { code: error } });
    client.db.watch(client.db.query('user').build(), (state) => states.push(state)).retry();
    expect(states.slice(-2)).toMatchObject([
      { kind: 'failed', error: { code: error } },
      { kind: 'failed', error: { code: error } },
    ]);
    await expect(client.db.delete('thread:a')).rejects.toMatchObject({ code: error });
    await expect(client.db.auth.signIn('account', {})).rejects.toMatchObject({ code: error });
    client.db.close();
  });

  it('stops when the gateway refuses the page during a pending sign-out', async () => {
    const client = await connected();
    client.answers.post = async () => {
      throw gatewayError({ code: 'SPOOKY_GATEWAY_FOREIGN_ORIGIN', message: 'Allow it.' });
    };
    await client.db.auth.signOut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.sockets).toHaveLength(1);
    expect(client.db.connection.state).toMatchObject({
      kind: 'closed',
      error: { code: 'SPOOKY_CLIENT_FOREIGN_ORIGIN', message: 'Allow it.' },
    });
    client.db.close();
  });

  it('waits for a sign-in when no user is signed in', async () => {
    const client = stubClient();
    await settle();
    client.last.end(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([client.sockets.length, client.db.auth.state.kind, client.db.connection.state.kind]).toEqual([
      1,
      'signed-out',
      'connected',
    ]);
    const entering = client.db.auth.signIn('account', { username: 'ada', password: 'x' });
    await vi.waitFor(() => expect(client.sockets).toHaveLength(2));
    client.last.hello();
    expect(String(await entering)).toBe('user:ada');
    expect([client.sockets.length, client.db.connection.state.kind]).toEqual([2, 'connected']);
    client.db.close();
  });

  it('continues when another tab signs in while the session of this one ends', async () => {
    const client = await connected();
    client.db.auth.subscribe(({ kind }) => {
      if (kind === 'signed-out') client.sendFromOtherTab({ kind: 'signed-in', user: 'user:ada' });
    });
    client.last.end(4401);
    await settle();
    client.last.hello();
    await settle();
    client.last.end(1006);
    await settle();
    const written = client.db.delete('thread:a', { optimistic: false }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    client.last.hello();
    await settle();
    expect(client.last.sent).toContainEqual(expect.objectContaining({ type: 'write' }));
    client.db.close();
    expect(await written).toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
  });

  it('connects immediately when the network returns, and probes an open socket', async () => {
    const page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const client = await connected();
    page.dispatchEvent(new Event('online'));
    expect(client.last.sent).toEqual([{ type: 'ping' }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.db.connection.state.kind).toBe('reconnecting');
    page.dispatchEvent(new Event('online'));
    await settle();
    expect(client.sockets).toHaveLength(2);
    client.db.close();
    page.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.sockets).toHaveLength(2);
  });

  it('tells a write that waited in vain what the gateway says', async () => {
    const client = stubClient();
    await settle();
    const written = client.db.delete('thread:a', { optimistic: false }).catch((error: unknown) => error);
    for (let waited = 0; waited <= 10_000; waited += 500) {
      client.last.end(4503, 'the gateway is not ready');
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(await written).toMatchObject({
      code: 'SPOOKY_CLIENT_NOT_CONNECTED',
      message: expect.stringContaining('The gateway says: the gateway is not ready'),
    });
    client.db.close();
  });

  it('that is closed says so, instead of asking for a sign-in', async () => {
    const client = stubClient();
    await settle();
    client.last.end(4401);
    await settle();
    expect(client.db.auth.state.kind).toBe('signed-out');
    client.db.close();
    await expect(client.db.delete('thread:a')).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
  });

  it('does nothing after it is closed', async () => {
    const client = await connected();
    client.db.close();
    client.db.close();
    client.last.frame({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([client.sockets.length, client.last.isClosed]).toEqual([1, true]);
    expect(client.db.connection.state).toEqual({ kind: 'closed' });
    await expect(client.db.delete('thread:a')).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
  });
});
