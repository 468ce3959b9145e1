import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startRelay } from '../testing/relay.ts';
import { createSessionPool, type SessionPool, type SessionPoolOptions } from './session-pool.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

function pool(options: Partial<SessionPoolOptions> = {}): SessionPool {
  const made = createSessionPool({ ...database.options, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** A user with a token. `authenticate` counts its calls. */
async function person(name: string) {
  const token = await database.signUp(name);
  return { name, token, authenticate: vi.fn(() => ({ token })) };
}

const WHO = 'SELECT VALUE name FROM ONLY $auth.id';

describe('a user session', () => {
  it("runs texts with the user's permissions, so each user sees only their own rows", async () => {
    const users = pool();
    await users.open();
    const [ann, ben] = await Promise.all([person('ann'), person('ben')]);
    const sessions = [ann, ben].map(({ authenticate }) => users.session(authenticate));
    expect(users.size).toEqual({ connections: 1, sessions: 0 });
    expect(await Promise.all(sessions.map((session) => session.query(WHO)))).toEqual(['ann', 'ben']);
    const write = 'BEGIN; CREATE note SET author = $auth.id, text = $text; COMMIT';
    for (const [index, session] of sessions.entries()) await session.queryAll(write, { text: `text ${index}` });
    expect(await sessions[1]?.query('SELECT VALUE text FROM note')).toEqual(['text 1']);
    await expect(sessions[0]?.query('DEFINE TABLE mine')).rejects.toThrow('Not enough permissions');
    expect(ann.authenticate).toHaveBeenCalledOnce();
    expect(users.size).toEqual({ connections: 1, sessions: 2 });
  });

  it('is attached once for concurrent queries', async () => {
    const users = pool();
    await users.open();
    const { authenticate } = await person('cleo');
    const session = users.session(authenticate);
    await Promise.all(Array.from({ length: 20 }, () => session.query('RETURN 1')));
    expect(authenticate).toHaveBeenCalledOnce();
    expect(users.size.sessions).toBe(1);
  });

  it('can sign in through a record access', async () => {
    const users = pool();
    await users.open();
    await person('dora');
    const session = users.session(() => ({ access: 'account', variables: { name: 'dora' } }));
    expect(await session.query(WHO)).toBe('dora');
  });

  it('repeats a transaction that loses conflicts', async () => {
    const users = pool();
    await users.open();
    const { authenticate } = await person('emil');
    const sessions = [users.session(authenticate), users.session(authenticate)];
    await sessions[0]?.query('CREATE note:tally SET author = $auth.id, n = 0');
    await database.asOwner((owner) => owner.query('DEFINE TABLE OVERWRITE note PERMISSIONS FULL'));
    const add = 'BEGIN; UPDATE note:tally SET n += 1; CREATE note SET author = $auth.id; COMMIT';
    await Promise.all(Array.from({ length: 40 }, (_, index) => sessions[index % 2]?.query(add)));
    expect(await sessions[0]?.query('SELECT VALUE n FROM ONLY note:tally')).toBe(40);
  });

  it('fails with a separate code when the credentials are wrong, and releases its slot', async () => {
    const users = pool({ sessionsPerConnection: 1, connections: 1 });
    await users.open();
    const wrong = [
      () => ({ token: 'a.b.c' }),
      () => ({ access: 'account', variables: { name: 'stranger' } }),
      () => ({ access: 'none', variables: {} }),
    ];
    for (const authenticate of wrong) {
      const session = users.session(authenticate);
      await expect(session.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_SESSION_REFUSED' });
    }
    const failing = users.session(() => Promise.reject(new Error('no token now')));
    await expect(failing.query('RETURN 1')).rejects.toThrow('no token now');
    expect(users.size.sessions).toBe(0);
    const { authenticate } = await person('fred');
    expect(await users.session(authenticate).query(WHO)).toBe('fred');
  });

  it('signs in again when it expires, and reports when the token has expired too', async () => {
    await database.asOwner((owner) =>
      owner.query(`DEFINE ACCESS OVERWRITE brief ON DATABASE TYPE RECORD SIGNIN (SELECT * FROM person WHERE name = $name)
        DURATION FOR TOKEN 2s, FOR SESSION 1s`),
    );
    await person('gus');
    const users = pool();
    await users.open();
    const renewed = vi.fn(() => ({ access: 'brief', variables: { name: 'gus' } }));
    const session = users.session(renewed);
    await vi.waitFor(async () => {
      expect(await session.query(WHO)).toBe('gus');
      expect(renewed.mock.calls.length).toBeGreaterThan(1);
    }, PATIENCE);
    // On a slow machine a token can expire before its first use; then another one is created.
    const once = await vi.waitFor(async () => {
      const token = await database.signIn('brief', 'gus');
      const signedIn = users.session(() => ({ token }));
      expect(await signedIn.query(WHO)).toBe('gus');
      return signedIn;
    }, PATIENCE);
    await vi.waitFor(
      () => expect(once.query(WHO)).rejects.toMatchObject({ code: 'SPOOKY_LINK_SESSION_EXPIRED' }),
      PATIENCE,
    );
  });

  it('closes permanently', async () => {
    const users = pool();
    await users.open();
    const { authenticate } = await person('hope');
    const session = users.session(authenticate);
    await session.query('RETURN 1');
    await session.close();
    await session.close();
    expect(users.size.sessions).toBe(0);
    await expect(session.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    const other = users.session(authenticate);
    const underWay = other.query('RETURN 1').catch((error: unknown) => error);
    await other.close();
    expect([1, expect.objectContaining({ code: 'SPOOKY_LINK_CLOSED' })]).toContainEqual(await underWay);
    expect(users.size.sessions).toBe(0);
  });
});

describe('a pool', () => {
  it('spreads sessions over several connections, and evicts the one that was idle longest', async () => {
    const users = pool({ connections: 2, sessionsPerConnection: 2 });
    await users.open();
    const { authenticate } = await person('ida');
    const asked = Array.from({ length: 5 }, () => vi.fn(() => authenticate()));
    const sessions = asked.map((ask) => users.session(ask));
    for (const session of sessions.slice(0, 4)) await session.query('RETURN 1');
    expect(users.size).toEqual({ connections: 2, sessions: 4 });
    await sessions[0]?.query('RETURN 1');
    await sessions[4]?.query('RETURN 1');
    expect(users.size).toEqual({ connections: 2, sessions: 4 });
    for (const session of [0, 2, 3, 4]) await sessions[session]?.query('RETURN 1');
    expect(asked.map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1, 1, 1]);
    await sessions[1]?.query('RETURN 1');
    expect(asked.map(({ mock }) => mock.calls.length)).toEqual([1, 2, 1, 1, 1]);
  });

  it('reports that all sessions are busy when no slot is free', async () => {
    const users = pool({ connections: 1, sessionsPerConnection: 1 });
    await users.open();
    const { authenticate } = await person('joe');
    const asking = Promise.withResolvers<{ token: string }>();
    const busy = users.session(() => asking.promise).query('RETURN 1');
    const other = users.session(authenticate);
    await expect(other.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_SESSIONS_FULL' });
    asking.resolve(authenticate());
    expect(await busy).toBe(1);
    expect(await other.query('RETURN 2')).toBe(2);
  });

  it('holds more sessions than one connection may, and each of them works', { timeout: 120_000 }, async () => {
    const users = pool();
    await users.open();
    const { authenticate } = await person('kim');
    const sessions = Array.from({ length: 600 }, () => users.session(authenticate));
    for (const _ of [1, 2]) {
      const names = await Promise.all(sessions.map((session) => session.query(WHO)));
      expect(new Set(names)).toEqual(new Set(['kim']));
    }
    expect(users.size).toEqual({ connections: 3, sessions: 600 });
    expect(authenticate).toHaveBeenCalledTimes(600);
  });

  it('attaches sessions again after a lost connection when they are used', async () => {
    const relay = await startRelay(database.url);
    const users = pool({ url: relay.url, waitMs: 20_000 });
    await users.open();
    const [lea, max] = await Promise.all([person('lea'), person('max')]);
    const [first, second] = [users.session(lea.authenticate), users.session(max.authenticate)];
    expect(await Promise.all([first.query(WHO), second.query(WHO)])).toEqual(['lea', 'max']);
    relay.cut();
    // The query was lost or never sent, but failed with a code. The next one waits for the new connection.
    await first.query(WHO).catch((error: unknown) => {
      expect(error).toMatchObject({ code: expect.stringMatching(/^SPOOKY_LINK_(AWAY|LOST)$/) });
    });
    expect(await first.query(WHO)).toBe('lea');
    expect(lea.authenticate).toHaveBeenCalledTimes(2);
    expect(users.size.sessions).toBe(1);
    expect(await second.query(WHO)).toBe('max');
    expect(max.authenticate).toHaveBeenCalledTimes(2);
  });

  it('never attaches more sessions than a connection may have, even while connections are lost', async () => {
    const relay = await startRelay(database.url);
    const users = pool({ url: relay.url, waitMs: 20_000, connections: 1, sessionsPerConnection: 3 });
    await users.open();
    const { authenticate } = await person('rita');
    const sessions = Array.from({ length: 9 }, () => users.session(authenticate));
    for (let round = 0; round < 5; round += 1) {
      const running = sessions.map((session) => session.query('RETURN 1'));
      relay.cut();
      for (const outcome of await Promise.allSettled(running)) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/_(AWAY|LOST|SESSIONS_FULL)$/) });
      }
      expect(users.size.sessions).toBeLessThanOrEqual(3);
    }
    for (const session of sessions) expect(await session.query('RETURN 1')).toBe(1);
    expect(users.size).toEqual({ connections: 1, sessions: 3 });
    await Promise.all(sessions.map((session) => session.close()));
    expect(users.size.sessions).toBe(0);
  });

  it('fails a slow query of one session without ending the others', async () => {
    const users = pool({ connections: 1 });
    await users.open();
    const [nina, olaf] = await Promise.all([person('nina'), person('olaf')]);
    const [slow, other] = [users.session(nina.authenticate), users.session(olaf.authenticate)];
    await Promise.all([slow.query('RETURN 1'), other.query('RETURN 1')]);
    // Long compared with the limit of 1 ms, and short compared with that of the probe.
    const busy = 'FOR $i IN 0..30000 { LET $x = $i }';
    await expect(slow.query(busy, {}, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'SPOOKY_LINK_SILENT' });
    expect(await other.query(WHO)).toBe('olaf');
    expect(olaf.authenticate).toHaveBeenCalledOnce();
    expect(await slow.query(WHO)).toBe('nina');
    expect(nina.authenticate).toHaveBeenCalledTimes(2);
  });

  it('signs in its connections as the service user first', async () => {
    const refused = pool({ password: 'wrong' });
    await expect(refused.open()).rejects.toMatchObject({ code: 'SPOOKY_LINK_SIGN_IN_REFUSED' });
  });

  it('closes everything in it, and can be closed twice', async () => {
    const users = pool();
    await users.open();
    const { authenticate } = await person('pia');
    const session = users.session(authenticate);
    await session.query('RETURN 1');
    await Promise.all([users.close(), users.close()]);
    await expect(session.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    await expect(users.open()).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    expect(users.size).toEqual({ connections: 0, sessions: 0 });
  });

  it.for([
    [{ connections: 0 }, 'connections'],
    [{ sessionsPerConnection: 0 }, 'sessionsPerConnection'],
  ] as const)('refuses %o', ([options, named]) => {
    expect(() => createSessionPool({ ...database.options, ...options })).toThrow(
      expect.objectContaining({ code: 'SPOOKY_LINK_BAD_OPTIONS', message: expect.stringContaining(named) }),
    );
  });
});
