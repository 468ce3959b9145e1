import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayError } from '../connection/gateway-error.ts';
import { notConnected } from '../connection/socket-end.ts';
import { roundOf, rowsOf } from '../testing/gateway-frames.ts';
import { stubClient } from '../testing/stub-client.ts';
import type { StubWebSocket } from '../testing/stub-websocket.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers the pings while the test advances the time. */
function keepAlive({ last }: { readonly last: StubWebSocket }): () => void {
  const timer = setInterval(() => last.frame({ type: 'pong' }), 1_000);
  return () => clearInterval(timer);
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const HOUR_MS = 3_600_000;
const sessionOver = gatewayError({ code: 'SPOOKY_GATEWAY_SIGNED_OUT', message: 'The session has ended.' });
const away = notConnected('http://gateway.test');

async function signedIn() {
  const client = stubClient();
  await settle();
  client.last.hello();
  await settle();
  return client;
}

describe('a renewal', () => {
  it('that fails for any reason does not sign out', async () => {
    const client = await signedIn();
    const reasons = [
      away,
      gatewayError({ code: 'SPOOKY_GATEWAY_DATABASE_AWAY', message: 'x' }),
      gatewayError({ code: 'SPOOKY_GATEWAY_INTERNAL', message: 'x' }),
      gatewayError({ code: 'SPOOKY_GATEWAY_BUSY', message: 'x' }),
      new TypeError('a bug'),
    ];
    const left = [...reasons];
    client.answers.post = async () => {
      const reason = left.shift();
      if (reason !== undefined) throw reason;
      return { user: { $r: ['user', 'ada'] }, renewInMs: HOUR_MS };
    };
    const states: string[] = [];
    client.db.auth.subscribe(({ kind }) => states.push(kind));
    client.db.connection.subscribe(({ kind }) => states.push(kind));
    const stop = keepAlive(client);
    await vi.advanceTimersByTimeAsync(HOUR_MS + 10 * 60_000);
    expect([left, client.posts.length, states]).toEqual([[], reasons.length + 1, []]);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    await vi.waitFor(() => expect(client.posts).toHaveLength(reasons.length + 2));
    stop();
    client.db.close();
  });

  it('that finds the session ended requires a sign-in', async () => {
    const client = await signedIn();
    client.answers.post = async () => {
      throw sessionOver;
    };
    const stop = keepAlive(client);
    await vi.advanceTimersByTimeAsync(HOUR_MS + 1);
    stop();
    await vi.waitFor(() => expect(client.sockets).toHaveLength(2));
    client.last.end(4401);
    await settle();
    expect([client.db.auth.state.kind, client.db.connection.state.kind]).toEqual(['signed-out', 'needs-auth']);
    client.db.close();
  });

  it('does not depend on the clock', async () => {
    const client = await signedIn();
    const stop = keepAlive(client);
    vi.setSystemTime(Date.now() + 50 * HOUR_MS);
    await vi.advanceTimersByTimeAsync(HOUR_MS - 2_000);
    expect(client.posts).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_001);
    await vi.waitFor(() => expect(client.posts).toEqual(['renew']));
    stop();
    client.db.close();
  });
});

describe('a sign-out', () => {
  it('that does not reach the gateway is repeated until it does, and no socket is opened before', async () => {
    const client = await signedIn();
    client.answers.post = async () => {
      throw away;
    };
    await client.db.auth.signOut();
    expect([client.db.auth.state.kind, client.browser.isSigningOut]).toEqual(['signed-out', true]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.sockets).toHaveLength(1);
    expect(client.posts.length).toBeGreaterThan(5);
    expect(client.db.connection.state).toMatchObject({ kind: 'reconnecting', error: away });
    client.answers.post = async () => ({}) as never;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([client.browser.isSigningOut, client.db.connection.state.kind]).toEqual([false, 'connected']);
    const { length } = client.posts;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([client.sockets.length, client.posts.length]).toEqual([1, length]);
    client.db.close();
  });

  it('of an earlier visit is completed before anything else', async () => {
    const client = stubClient({ flags: { user: 'user:ada', isSigningOut: true } });
    expect(client.db.auth.state).toEqual({ kind: 'signed-out' });
    await settle();
    expect([client.posts, client.sockets.length, client.db.connection.state.kind]).toEqual([
      ['sign-out'],
      0,
      'connected',
    ]);
    client.db.close();
  });

  it('is completed before the next sign-in, which remains', async () => {
    const client = await signedIn();
    client.answers.dial = (stub) => (client.posts.includes('sign-in') ? stub.hello() : stub.end(4401));
    const leaving = client.db.auth.signOut();
    const entering = client.db.auth.signIn('account', {});
    await Promise.all([leaving, entering]);
    expect(client.posts).toEqual(['sign-out', 'sign-in']);
    expect([client.db.auth.state.kind, client.db.connection.state.kind]).toEqual(['signed-in', 'connected']);
    client.db.close();
  });
});

it('clears everything when the next socket belongs to another user', async () => {
  const client = await signedIn();
  const seen: unknown[] = [];
  client.db.watch(client.db.query('thread').build(), ({ data }) => seen.push(data?.map(({ title }) => title)));
  client.last.frame({ type: 'subscribed', id: 1, view: 1 });
  for (const frame of roundOf(1, { type: 'snapshot', view: 1, ...rowsOf({ a: 'for Ada' }) })) client.last.frame(frame);
  expect(seen).toEqual([undefined, ['for Ada']]);
  client.last.end(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  const users: string[] = [];
  client.db.auth.subscribe((state) => {
    users.push(state.kind === 'signed-in' ? String(state.user) : state.kind);
    seen.push('auth changed');
  });
  client.last.hello('bob');
  await settle();
  expect(users).toEqual(['user:bob']);
  expect(seen.slice(2)).toEqual([['for Ada'], undefined, 'auth changed']);
  client.db.close();
});
