import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../gateway/src/limits.ts';
import { ORIGIN } from '../../gateway/src/testing/test-gateway.ts';
import type { ClientEnvironment } from './client.ts';
import { testBrowser } from './testing/browser.ts';
import { eventually } from './testing/eventually.ts';
import { newName, PASSWORD, People, record } from './testing/people.ts';
import { startStack, suggest, type TestStack } from './testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

describe('signing in', () => {
  it('reports whether a name is taken or invalid, or a password too short', async () => {
    const db = await people.newcomer();
    const other = people.visitor();
    const refusals = [
      [{ username: db.username.toUpperCase(), password: PASSWORD }, 'username-taken'],
      [{ username: 'a b', password: PASSWORD }, 'username-invalid'],
      [{ username: 'fine-name', password: 'short' }, 'password-too-short'],
    ] as const;
    for (const [variables, reason] of refusals) {
      const attempt = other.auth.signUp('account', variables);
      await expect(attempt).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_SIGN_UP_REFUSED', reason });
    }
    expect(other.auth.state).toEqual({ kind: 'signed-out' });
  });

  it('refuses wrong credentials and accepts correct ones', async () => {
    const { username } = await people.newcomer();
    const db = people.visitor();
    for (const variables of [
      { username, password: 'wrong wrong' },
      { username: 'nobody-here', password: PASSWORD },
    ]) {
      await expect(db.auth.signIn('account', variables)).rejects.toMatchObject({
        code: 'SPOOKY_CLIENT_INVALID_CREDENTIALS',
      });
    }
    await db.auth.signIn('account', { username, password: PASSWORD });
    expect(db.auth.state.kind).toBe('signed-in');
    expect(db.connection.state).toEqual({ kind: 'connected' });
  });

  it('reports an access that does not exist, instead of wrong credentials', async () => {
    const db = people.visitor();
    for (const access of ['nobody', 'constructor', 'spooky_gateway']) {
      await expect(db.auth.signIn(access, { username: 'x', password: PASSWORD })).rejects.not.toMatchObject({
        code: 'SPOOKY_CLIENT_INVALID_CREDENTIALS',
      });
    }
  });

  it('starts the queries that wait for it', async () => {
    const db = people.visitor();
    const seen = record(db, db.query('user').build());
    await eventually(() => expect(db.connection.state.kind).toBe('connected'));
    expect(seen.kinds).toEqual(['loading']);
    const username = newName();
    await db.auth.signUp('account', { username, password: PASSWORD });
    await eventually(() => expect(seen.last.data).toContainEqual(expect.objectContaining({ username })));
  });

  it('makes one session of two simultaneous sign-ins, as by a double click', async () => {
    const { username } = await people.newcomer();
    const db = people.visitor();
    const signIn = () => db.auth.signIn('account', { username, password: PASSWORD });
    const [first, second] = await Promise.all([signIn(), signIn()]);
    expect(first).toEqual(second);
    expect([db.auth.state, db.connection.state]).toEqual([{ kind: 'signed-in', user: first }, { kind: 'connected' }]);
    await db.create('thread', { title: 'x', content: 'x' });
  });
});

describe('signing out', () => {
  it('clears shown data immediately', async () => {
    const db = await people.newcomer();
    await db.create('thread', { title: 'secret', content: 'x' });
    const seen = record(db, db.query('thread').build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const leaving = db.auth.signOut();
    expect(seen.last).toEqual({ kind: 'loading', data: undefined, error: undefined });
    expect(db.auth.state).toEqual({ kind: 'signed-out' });
    await leaving;
    await expect(db.create('thread', { title: 'x', content: 'x' })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_SIGNED_OUT',
    });
    await eventually(() => expect(db.connection.state).toEqual({ kind: 'connected' }));
  });

  it('invalidates the session, including copies of it', async () => {
    const browser = testBrowser(stack.url);
    const db = await people.newcomer(browser.tab());
    const { token } = browser.tokens;
    await db.auth.signOut();
    expect([typeof token, browser.tokens.token]).toEqual(['string', undefined]);
    const copy = testBrowser(stack.url);
    copy.tokens.token = token;
    const thief = people.visitor(copy.tab());
    await eventually(() => expect(thief.auth.state).toEqual({ kind: 'signed-out' }));
  });

  it('shows the next user nothing of the previous one', async () => {
    const ada = await people.newcomer();
    const { id } = await ada.create('thread', { title: 'x', content: 'x' });
    await suggest(stack, id, { title: 'for Ada' });
    const seen = record(ada, ada.query('thread').where({ id }).related('suggestions').one().build());
    await eventually(() => expect(seen.last.data?.suggestions).toMatchObject([{ title: 'for Ada' }]));
    const mark = seen.states.length;
    await ada.auth.signUp('account', { username: newName(), password: PASSWORD });
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    expect(seen.states[mark]?.kind).toBe('loading');
    expect(seen.last.data).toMatchObject({ title: 'x', suggestions: [] });
    expect(JSON.stringify(seen.states.slice(mark))).not.toContain('for Ada');
  });

  it('ends the session when a connection returns, and is effective in the browser until then', async () => {
    const browser = testBrowser(stack.url);
    const db = await people.newcomer(browser.tab());
    const { token } = browser.tokens;
    await stack.stopGateway();
    await db.auth.signOut();
    const reloaded = people.visitor(browser.tab());
    expect([db, reloaded].map(({ auth }) => auth.state)).toEqual([{ kind: 'signed-out' }, { kind: 'signed-out' }]);
    expect(browser.flags.isSigningOut).toBe(true);
    const states: string[] = [];
    reloaded.auth.subscribe(({ kind }) => states.push(kind));
    await stack.startGateway();
    await eventually(() => expect(browser.flags.isSigningOut).toBe(false));
    await eventually(() => expect(reloaded.connection.state).toEqual({ kind: 'connected' }));
    expect([states, browser.tokens.token]).toEqual([[], undefined]);
    browser.tokens.token = token;
    const later = people.visitor(browser.tab());
    await eventually(() => expect(later.auth.state).toEqual({ kind: 'signed-out' }));
  });
});

describe('a session', () => {
  it('is restored at the next visit', async () => {
    const browser = testBrowser(stack.url);
    const before = await people.newcomer(browser.tab());
    const { state } = before.auth;
    before.close();
    const after = people.visitor(browser.tab());
    // Before the gateway answers.
    expect(after.auth.state).toEqual(state);
    await eventually(() => expect(after.connection.state.kind).toBe('connected'));
    expect(after.auth.state).toEqual(state);
  });

  it('is awaited by writes and watches', async () => {
    const browser = testBrowser(stack.url);
    (await people.newcomer(browser.tab())).close();
    const db = people.visitor(browser.tab());
    const seen = record(db, db.query('thread').limit(1).build());
    await db.create('thread', { title: 'early', content: 'x' });
    await eventually(() => expect(seen.last.kind).toBe('ready'));
  });

  it('that has ended requires a sign-in and clears shown data', async () => {
    const browser = testBrowser(stack.url);
    const db = await people.newcomer(browser.tab());
    const seen = record(db, db.query('thread').limit(1).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    await stack.endSessions();
    await eventually(() => expect(db.connection.state).toEqual({ kind: 'needs-auth' }));
    expect([db.auth.state.kind, seen.last.kind]).toEqual(['signed-out', 'loading']);
    await db.auth.signIn('account', { username: db.username, password: PASSWORD });
    expect(db.connection.state).toEqual({ kind: 'connected' });
    await eventually(() => expect(seen.last.kind).toBe('ready'));
  });

  it('that ended between two visits requires a sign-in, once', async () => {
    const browser = testBrowser(stack.url);
    (await people.newcomer(browser.tab())).close();
    await stack.endSessions();
    const db = people.visitor(browser.tab());
    await eventually(() => expect(db.connection.state).toEqual({ kind: 'needs-auth' }));
    expect(db.auth.state).toEqual({ kind: 'signed-out' });
    const next = people.visitor(browser.tab());
    await eventually(() => expect(next.connection.state).toEqual({ kind: 'connected' }));
    expect(next.auth.state).toEqual({ kind: 'signed-out' });
  });

  it('ends when the user is deleted', async () => {
    const db = await people.newcomer();
    const { user } = db.auth.state as { user: unknown };
    await stack.query('DELETE $user', { user });
    await eventually(() => expect(db.auth.state).toEqual({ kind: 'signed-out' }));
  });
});

describe('two tabs', () => {
  it('sign in and out together', async () => {
    const browser = testBrowser(stack.url);
    const left = people.visitor(browser.tab());
    const right = people.visitor(browser.tab());
    await left.auth.signUp('account', { username: newName(), password: PASSWORD });
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    const seen = record(right, right.query('thread').limit(1).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    await left.auth.signOut();
    await eventually(() => expect(right.auth.state).toEqual({ kind: 'signed-out' }));
    expect(seen.last.kind).toBe('loading');
    await eventually(() => expect(right.connection.state).toEqual({ kind: 'connected' }));
  });

  it('change the user together', async () => {
    const browser = testBrowser(stack.url);
    const left = await people.newcomer(browser.tab());
    const right = people.visitor(browser.tab());
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    await left.auth.signUp('account', { username: newName(), password: PASSWORD });
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    await eventually(() => expect(right.connection.state).toEqual({ kind: 'connected' }));
    await right.create('thread', { title: 'x', content: 'x' });
  });
});

describe('a gateway that refuses the socket', () => {
  /** A page of this origin in a browser with a session. */
  function pageOf(origin: string, browser = testBrowser(stack.url)): ClientEnvironment {
    const { transport, ...tab } = browser.tab();
    const headers = (): Record<string, string> => ({ origin, authorization: `Bearer ${browser.tokens.token}` });
    const dial = (url: string): WebSocket => new WebSocket(url, { headers: headers() } as unknown as string[]);
    return { ...tab, transport: { ...transport, dial } };
  }

  it('for a foreign origin stops the client with an error that says what to do', async () => {
    const dialled: string[] = [];
    const page = pageOf('https://evil.example');
    const { dial } = page.transport;
    const transport = {
      ...page.transport,
      dial(url: string) {
        dialled.push(url);
        return dial(url);
      },
    };
    const db = people.visitor({ ...page, transport });
    const seen = record(db, db.query('thread').build());
    const error = { code: 'SPOOKY_CLIENT_FOREIGN_ORIGIN', message: expect.stringContaining('--allow-origin') };
    await eventually(() => expect(db.connection.state).toMatchObject({ kind: 'closed', error }));
    expect(seen.last).toMatchObject({ kind: 'failed', error });
    expect(dialled).toHaveLength(1);
  });

  it('without a session makes the client wait for a sign-in', async () => {
    const db = people.visitor(pageOf(ORIGIN));
    await eventually(() => expect(db.auth.state).toEqual({ kind: 'signed-out' }));
    expect(db.connection.state).toEqual({ kind: 'connected' });
  });

  it('for too many sockets of a user reports the limit', async () => {
    const browser = testBrowser(stack.url);
    const first = await people.newcomer(browser.tab());
    const others = Array.from({ length: LIMITS.socket.maxPerUser - 1 }, () => people.visitor(browser.tab()));
    await eventually(() =>
      expect(others.filter(({ auth }) => auth.state.kind !== 'signed-in').map(({ auth }) => auth.state)).toEqual([]),
    );
    const db = people.visitor(browser.tab());
    await eventually(() =>
      expect(db.connection.state).toMatchObject({
        kind: 'reconnecting',
        error: {
          code: 'SPOOKY_CLIENT_GATEWAY',
          message: expect.stringContaining(`${LIMITS.socket.maxPerUser} sockets`),
        },
      }),
    );
    first.close();
    await eventually(() => expect(db.connection.state).toEqual({ kind: 'connected' }));
  });
});

describe('a gateway of another database', () => {
  it('is refused with both names in the message', async () => {
    const db = people.visitor(undefined, { namespace: 'main', database: 'another' });
    const seen = record(db, db.query('thread').build());
    const error = { code: 'SPOOKY_CLIENT_WRONG_DATABASE', message: expect.stringContaining('main/another') };
    await db.auth.signUp('account', { username: newName(), password: PASSWORD }).catch(() => undefined);
    await eventually(() => expect(db.connection.state).toMatchObject({ kind: 'closed', error }));
    expect(seen.last).toMatchObject({ kind: 'failed', error });
  });
});
