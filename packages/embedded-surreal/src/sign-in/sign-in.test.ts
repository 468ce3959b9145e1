import { NotAllowedError, RecordId, ServerError, Table, ThrownError } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { connectGuest, connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';
import { applySchema, signUp } from '../testing/threads-fixture.ts';

describe('guests', () => {
  it('may not touch data, and get the error class and message of a real server', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await admin.query('CREATE note:1');
    const guest = await connectGuest(url);
    const attempts: (() => PromiseLike<unknown>)[] = [
      () => guest.query('RETURN 1'),
      () => guest.query('DEFINE USER thief ON ROOT PASSWORD "x" ROLES OWNER'),
      () => guest.select(new Table('note')),
      () => guest.create(new Table('note')),
      () => guest.delete(new RecordId('note', 1)),
      () => guest.live(new Table('note')),
      () => guest.beginTransaction(),
    ];
    for (const attempt of attempts) {
      const error = await Promise.resolve(attempt()).catch((reason: unknown) => (reason as Error).cause ?? reason);
      expect(error).toBeInstanceOf(NotAllowedError);
      expect(error).toMatchObject({
        code: -32002,
        message: 'Anonymous access not allowed: Not enough permissions to perform this action',
        details: { kind: 'Auth', details: { kind: 'NotAllowed', details: { actor: 'anonymous' } } },
      });
    }
    expect(await admin.select(new Table('note'))).toHaveLength(1);
  });

  it('may not call any method that touches data', async () => {
    const { url } = await startTestServer();
    const raw = await RawClient.connect(url);
    await raw.call('use', ['main', 'spookify']);
    const methods =
      'info query select create insert insert_relation update upsert merge patch delete relate run live kill begin';
    for (const method of methods.split(' ')) {
      expect(await raw.call(method, ['note', {}]), method).toMatchObject({ error: { kind: 'NotAllowed' } });
    }
    expect(await raw.call('ping')).toMatchObject({ id: 'raw' });
    expect(await raw.call('version')).toMatchObject({ result: 'surrealdb-3.0.2' });
  });

  it('are what invalidate and reset leave, also for requests sent before the answer', async () => {
    const { url } = await startTestServer();
    const raw = await RawClient.connect(url);
    for (const method of ['invalidate', 'reset']) {
      await raw.call('signin', [{ user: root.username, pass: root.password }]);
      expect(await raw.call('query', ['RETURN 1'])).toHaveProperty('result');
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => raw.call(turn === 25 ? method : 'query', ['RETURN 1'])),
      );
      const refused = answers.filter(({ error }) => error?.kind === 'NotAllowed');
      expect(refused).toHaveLength(24);
    }
  });
});

describe('signing in', () => {
  it('fails with the right error class for wrong credentials, and keeps the signed-in user', async () => {
    const { url } = await startTestServer();
    const client = await connectGuest(url);
    const wrong = { username: 'root', password: 'wrong' };
    await expect(client.signin(wrong)).rejects.toSatisfy((error: NotAllowedError) => error.isInvalidAuth);
    await expect(client.query('RETURN 1')).rejects.toBeInstanceOf(NotAllowedError);
    await client.signin(root);
    await expect(client.signin(wrong)).rejects.toBeInstanceOf(NotAllowedError);
    await expect(client.authenticate('not.a.token')).rejects.toBeInstanceOf(ServerError);
    expect(await client.query('RETURN 1')).toEqual([1]);
  });

  it('accepts only the root password of the latest start', async () => {
    const { url } = await startTestServer({ root: { username: 'owner', password: 'one' } });
    const client = await connectGuest(url);
    await client.signin({ username: 'owner', password: 'one' });
    await expect(client.signin(root)).rejects.toBeInstanceOf(NotAllowedError);
  });

  it('refuses a root user without a password or with a strange name', async () => {
    for (const invalid of [
      { username: 'root', password: '' },
      { username: 'a`; b', password: 'x' },
    ]) {
      await expect(startTestServer({ root: invalid })).rejects.toMatchObject({ code: 'SPOOKY_DB_ROOT_INVALID' });
    }
  });

  it('works with a record access: sign-up, sign-in, tokens, refresh', async () => {
    const { url } = await startTestServer();
    await applySchema(await connectRoot(url));
    const { client, tokens } = await signUp(url, 'ada');
    expect(await client.query('RETURN $auth.id.tb()').catch(() => client.query('RETURN record::tb($auth.id)'))).toEqual(
      ['user'],
    );

    const second = await connectGuest(url);
    await second.authenticate(tokens.access);
    expect(await second.query('SELECT VALUE username FROM user')).toEqual([['ada']]);

    const third = await connectGuest(url);
    const variables = { username: 'ada', password: 'password-1' };
    const signedIn = await third.signin({ ...names, access: 'account', variables });
    expect(signedIn.refresh).toBeTypeOf('string');
    await expect(
      third.signin({ ...names, access: 'account', variables: { ...variables, password: 'password-2' } }),
    ).rejects.toBeInstanceOf(ServerError);

    const raw = await RawClient.connect(url);
    await raw.call('use', [names.namespace, names.database]);
    const refreshed = await raw.call('refresh', [tokens]);
    expect(refreshed.result).toMatchObject({ access: expect.any(String), refresh: expect.any(String) });
    expect(await raw.call('query', ['RETURN 1'])).toHaveProperty('result');
    expect(await raw.call('refresh', [tokens]), 'a refresh token is good once').toHaveProperty('error');
  });

  it('returns the error that a sign-up throws', async () => {
    const { url } = await startTestServer();
    await applySchema(await connectRoot(url));
    await signUp(url, 'ada');
    const rejection = expect(signUp(url, 'Ada')).rejects;
    await rejection.toSatisfy((error: Error) => error instanceof ThrownError && /username-taken$/.test(error.message));
  });

  it('ends when the session expires, for requests and live queries', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await admin.query(`
      DEFINE TABLE news PERMISSIONS FULL;
      DEFINE ACCESS brief ON DATABASE TYPE RECORD SIGNUP (CREATE person) DURATION FOR TOKEN 1h, FOR SESSION 1s`);
    const raw = await RawClient.connect(url);
    await raw.call('signin', [{ user: root.username, pass: root.password }]);
    await raw.call('use', [names.namespace, names.database]);
    const live = await raw.call('live', ['news']);
    expect(live.result).toBeDefined();
    await admin.query('CREATE news:early');
    await vi.waitFor(() => expect(raw.answers.filter(({ id }) => id === undefined)).toHaveLength(1), 20_000);
    // Sign up only now, or on a slow machine the session would expire before the live query receives anything.
    await raw.call('signup', [{ ns: names.namespace, db: names.database, ac: 'brief' }]);
    await vi.waitFor(async () => expect(await raw.call('select', ['news'])).toHaveProperty('error'), {
      timeout: 20_000,
      interval: 100,
    });
    expect(await raw.call('select', ['news'])).toMatchObject({ error: { message: 'The session has expired' } });
    const notified = raw.answers.filter(({ id }) => id === undefined).length;
    await admin.query('CREATE news:late');
    // The server ends the live query when it finds that no user may receive its notifications.
    await vi.waitFor(async () => {
      const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE news');
      expect(info.lives).toEqual({});
    }, 20_000);
    expect(raw.answers.filter(({ id }) => id === undefined)).toHaveLength(notified);
    expect(await raw.call('invalidate')).not.toHaveProperty('error');
    expect(await raw.call('select', ['news'])).toHaveProperty('error');
  });
});
