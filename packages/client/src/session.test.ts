import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDatabase, suggest, type TestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { expired } from './testing/expired.ts';
import { PASSWORD, People, record, sharedStorage } from './testing/people.ts';

let database: TestDatabase;
const people = new People(() => database);
beforeAll(async () => {
  database = await startDatabase();
});
afterEach(() => people.close());
afterAll(() => database.close());

describe('signing in', () => {
  it('says whether a name is taken, wrong, or a password too short', async () => {
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

  it('refuses wrong credentials, and takes the right ones', async () => {
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

  it('does not blame the credentials for an access that does not exist', async () => {
    const db = people.visitor();
    await expect(db.auth.signIn('nobody', { username: 'x', password: PASSWORD })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_DATABASE',
    });
  });

  it('starts queries that were waiting for it', async () => {
    const db = people.visitor();
    const seen = record(db, db.query('user').build());
    await eventually(() => expect(db.connection.state.kind).toBe('connected'));
    expect(seen.kinds).toEqual(['loading']);
    await db.auth.signUp('account', { username: 'waited-for', password: PASSWORD });
    await eventually(() => expect(seen.last.data).toContainEqual(expect.objectContaining({ username: 'waited-for' })));
  });
});

describe('signing out', () => {
  it('clears what was shown at once, and ends the LIVE queries', async () => {
    const db = await people.newcomer();
    await db.create('thread', { title: 'secret', content: 'x' });
    const seen = record(db, db.query('thread').build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const leaving = db.auth.signOut();
    expect(seen.last).toEqual({ kind: 'loading', data: undefined, error: undefined });
    expect(db.auth.state).toEqual({ kind: 'signed-out' });
    await leaving;
    await eventually(async () => {
      const [info] = await database.query<[{ lives: object }]>('INFO FOR TABLE thread');
      expect(info.lives).toEqual({});
    });
    await expect(db.create('thread', { title: 'x', content: 'x' })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_SIGNED_OUT',
    });
  });

  it('makes what was kept worthless, also to whoever has copied it', async () => {
    const browser = sharedStorage();
    const db = await people.newcomer(browser.tab());
    const [name = '', text = ''] = [...browser.items][0] ?? [];
    await db.auth.signOut();
    browser.items.set(name, expired(text));
    const thief = people.visitor(browser.tab());
    await eventually(() => expect(thief.connection.state).toEqual({ kind: 'needs-auth' }));
  });

  it('shows the next person nothing of the one before', async () => {
    const ada = await people.newcomer();
    const { id } = await ada.create('thread', { title: 'x', content: 'x' });
    await suggest(database, id, { title: 'for Ada' });
    const seen = record(ada, ada.query('thread').where({ id }).related('suggestions').one().build());
    await eventually(() => expect(seen.last.data?.suggestions).toMatchObject([{ title: 'for Ada' }]));
    const mark = seen.states.length;
    await ada.auth.signUp('account', { username: 'the-next-one', password: PASSWORD });
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    expect(seen.states[mark]?.kind).toBe('loading');
    expect(seen.last.data).toMatchObject({ title: 'x', suggestions: [] });
    expect(JSON.stringify(seen.states.slice(mark))).not.toContain('for Ada');
  });
});

describe('a kept session', () => {
  it('comes back at the next visit', async () => {
    const browser = sharedStorage();
    const before = await people.newcomer(browser.tab());
    const { state } = before.auth;
    before.close();
    const after = people.visitor(browser.tab());
    expect(after.auth.state).toEqual({ kind: 'restoring' });
    await eventually(() => expect(after.auth.state).toEqual(state));
  });

  it('makes writes and watches wait for it', async () => {
    const browser = sharedStorage();
    (await people.newcomer(browser.tab())).close();
    const db = people.visitor(browser.tab());
    const seen = record(db, db.query('thread').limit(1).build());
    await db.create('thread', { title: 'early', content: 'x' });
    await eventually(() => expect(seen.last.kind).toBe('ready'));
  });

  it('is kept apart by database', async () => {
    const browser = sharedStorage();
    await people.newcomer(browser.tab());
    expect([...browser.items.keys()]).toEqual([expect.stringContaining(`main/spookify@${database.target.url}`)]);
  });

  it('that the server refuses asks for a sign-in', async () => {
    const browser = sharedStorage();
    const { username } = await people.newcomer(browser.tab());
    people.close();
    const [name = '', text = ''] = [...browser.items][0] ?? [];
    browser.items.set(
      name,
      text.replaceAll('surreal-refresh-', 'surreal-refresh-forged-').replace(/"access":"[^"]*/, '"access":"a.b.c'),
    );
    const db = people.visitor(browser.tab());
    await eventually(() => expect(db.connection.state).toEqual({ kind: 'needs-auth' }));
    expect(db.auth.state).toEqual({ kind: 'signed-out' });
    expect(browser.items.size).toBe(0);
    await db.auth.signIn('account', { username, password: PASSWORD });
    expect(db.connection.state).toEqual({ kind: 'connected' });
  });

  it('that is no JSON at all is no session', async () => {
    const browser = sharedStorage();
    const storage = browser.tab();
    const { url, namespace, database: name } = database.target;
    storage.setItem(`spookify:session:${namespace}/${name}@${url}`, '{"access": 7');
    expect(people.visitor(storage).auth.state).toEqual({ kind: 'signed-out' });
  });
});

/** A second access to the same accounts, whose tokens and sessions last as long as a test can wait. */
async function defineAccess(name: string, durations: string): Promise<void> {
  await database.query(`
    DEFINE ACCESS OVERWRITE ${name} ON DATABASE TYPE RECORD
      SIGNIN {
        LET $credential = (SELECT * FROM ONLY type::record('credential', $username));
        IF crypto::argon2::compare($credential.password, $password) { RETURN $credential.user };
      }
      WITH REFRESH ${durations}`);
}

describe('a session that runs out', () => {
  it('is renewed in time on the open connection, again and again', { timeout: 60_000 }, async () => {
    await defineAccess('brief', 'DURATION FOR TOKEN 1s, FOR SESSION 5s');
    const { username } = await people.newcomer();
    const browser = sharedStorage();
    const db = people.visitor(browser.tab());
    await db.auth.signIn('brief', { username, password: PASSWORD });
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    const seen = record(db, db.query('thread').limit(1).build());
    // Each comes three quarters of a second after the one before at the earliest, so these outlast the first session.
    for (let renewals = 0; renewals < 8; renewals += 1) {
      const before = [...browser.items.values()];
      await eventually(() => expect([...browser.items.values()]).not.toEqual(before));
    }
    await db.create('thread', { title: 'still here', content: 'x' });
    expect(db.auth.state.kind).toBe('signed-in');
    expect(states).toEqual([]);
    expect(new Set(seen.kinds)).toEqual(new Set(['loading', 'ready']));
  });

  it('before its token does is begun again, and no write is lost over it', { timeout: 60_000 }, async () => {
    await defineAccess('hasty', 'DURATION FOR TOKEN 15m, FOR SESSION 4s');
    const { username } = await people.newcomer();
    const db = people.visitor();
    await db.auth.signIn('hasty', { username, password: PASSWORD });
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    await eventually(async () => {
      await db.create('thread', { title: 'x', content: 'x' });
      expect(states).toContain('reconnecting');
    });
    expect(db.auth.state.kind).toBe('signed-in');
  });
});

describe('two tabs', () => {
  it('sign in and out together', async () => {
    const browser = sharedStorage();
    const left = people.visitor(browser.tab());
    const right = people.visitor(browser.tab());
    await left.auth.signUp('account', { username: 'two-tabs', password: PASSWORD });
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    const seen = record(right, right.query('thread').limit(1).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    await left.auth.signOut();
    await eventually(() => expect(right.auth.state).toEqual({ kind: 'signed-out' }));
    expect(seen.last.kind).toBe('loading');
  });

  it('change the person together', async () => {
    const browser = sharedStorage();
    const left = await people.newcomer(browser.tab());
    const right = people.visitor(browser.tab());
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    await left.auth.signUp('account', { username: 'somebody-else', password: PASSWORD });
    await eventually(() => expect(right.auth.state).toEqual(left.auth.state));
    await eventually(() => expect(right.auth.state.kind).toBe('signed-in'));
  });

  it('that renew an expired session at once do not sign each other out', async () => {
    const browser = sharedStorage();
    (await people.newcomer(browser.tab())).close();
    const [name = '', text = ''] = [...browser.items][0] ?? [];
    const { refresh } = JSON.parse(text) as { refresh: string };
    browser.items.set(name, expired(text));
    const tabs = [1, 2, 3].map(() => people.visitor(browser.tab()));
    await eventually(() =>
      expect(tabs.map(({ auth }) => auth.state.kind)).toEqual(['signed-in', 'signed-in', 'signed-in']),
    );
    expect(JSON.parse(browser.items.get(name) ?? '')).not.toMatchObject({ refresh });
  });
});
