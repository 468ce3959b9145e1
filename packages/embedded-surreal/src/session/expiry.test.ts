import { describe, expect, it, vi } from 'vitest';
import { connectGuest, connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';

const access = { ns: names.namespace, db: names.database, ac: 'brief' };

/** A server where everybody may read `news`, with the given durations for tokens and sessions. */
async function start(durations: string) {
  const { url } = await startTestServer();
  const admin = await connectRoot(url);
  await admin.query(`
    DEFINE TABLE news PERMISSIONS FULL;
    DEFINE ACCESS brief ON DATABASE TYPE RECORD SIGNUP (CREATE person) DURATION ${durations}`);
  const liveQueries = async () => {
    const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE news');
    return Object.keys(info.lives);
  };
  return { url, admin, liveQueries };
}

describe('a session that expires', () => {
  it('ends its live queries by itself, without a write', async () => {
    const { url, liveQueries } = await start('FOR TOKEN 1h, FOR SESSION 1s');
    const client = await RawClient.connect(url);
    await client.call('signin', [{ user: root.username, pass: root.password }]);
    await client.call('use', [names.namespace, names.database]);
    await client.call('live', ['news']);
    await client.call('query', ['LIVE SELECT * FROM news']);
    expect(await liveQueries()).toHaveLength(2);
    // Sign up only now, or on a slow machine the session would expire before the live queries run.
    await client.call('signup', [access]);
    await vi.waitFor(async () => expect(await liveQueries()).toEqual([]), { timeout: 20_000, interval: 50 });
    expect(await client.call('select', ['news'])).toMatchObject({ error: { message: 'The session has expired' } });
  });

  it('does not expire if another user signs in before', async () => {
    const { url, admin, liveQueries } = await start('FOR TOKEN 1h, FOR SESSION 1s');
    const client = await RawClient.connect(url);
    await client.call('signup', [access]);
    await client.call('signin', [{ user: root.username, pass: root.password }]);
    await client.call('live', ['news']);
    const watcher = await RawClient.connect(url);
    await watcher.call('signup', [access]);
    await vi.waitFor(async () => expect(await watcher.call('select', ['news'])).toHaveProperty('error'), {
      timeout: 20_000,
      interval: 50,
    });
    await admin.query('CREATE news:1');
    await vi.waitFor(() => expect(client.answers.some(({ id }) => id === undefined)).toBe(true), 20_000);
    expect(await liveQueries()).toHaveLength(1);
  });
});

describe('a token that expires', () => {
  it('signs in no new session, over WebSocket or HTTP, but keeps the existing one', async () => {
    const { url } = await start('FOR TOKEN 1s, FOR SESSION 1h');
    const client = await RawClient.connect(url);
    let token: unknown;
    const fresh = async () => (await RawClient.connect(url)).call('authenticate', [token]);
    // On a slow machine a token can expire before its first use; then the next one is tried.
    await vi.waitFor(async () => {
      token = (await client.call('signup', [access])).result;
      expect(await fresh()).not.toHaveProperty('error');
    }, 20_000);
    await vi.waitFor(async () => expect(await fresh()).toHaveProperty('error.kind', 'NotAllowed'), {
      timeout: 20_000,
      interval: 100,
    });
    const response = await fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      body: 'SELECT * FROM news',
    });
    expect(response.status).toBe(401);
    expect(await client.call('select', ['news'])).not.toHaveProperty('error');
  });
});

describe('a user who is removed or gets another password', () => {
  // As in a real server, a signed-in user stays signed in until the session ends.
  it('stays signed in on an open connection, and cannot sign in again', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await admin.query('DEFINE USER ben ON ROOT PASSWORD "one" ROLES VIEWER DURATION FOR SESSION 1h');
    const ben = await connectGuest(url);
    const { access: token } = await ben.signin({ username: 'ben', password: 'one' });
    await admin.query('DEFINE USER OVERWRITE ben ON ROOT PASSWORD "two" ROLES VIEWER');
    const again = await connectGuest(url);
    await expect(again.signin({ username: 'ben', password: 'one' })).rejects.toThrow();
    await again.signin({ username: 'ben', password: 'two' });
    await admin.query('REMOVE USER ben ON ROOT');
    expect(await ben.query('RETURN 1')).toEqual([1]);
    const late = await connectGuest(url);
    await expect(late.signin({ username: 'ben', password: 'two' })).rejects.toThrow();
    await expect(late.authenticate(token)).rejects.toThrow();
  });
});
