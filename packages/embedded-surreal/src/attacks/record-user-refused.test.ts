/**
 * Service-only mode: a record user cannot sign in by any method or spelling, except on the connection of a service
 * user.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { type Surreal, Uuid } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import type { SurrealServer } from '../server.ts';
import { connectGuest, connectRoot, root, startTestServer } from '../testing/database.ts';
import { applyFixture, service } from '../testing/fixture.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';

const KEY = 'a key that the test and the access have in common';
const asService = [{ ns: 'app', db: 'app', user: service.username, pass: service.password }];
const refused = { kind: 'NotAllowed', message: expect.stringContaining('connect through the gateway') };

/**
 * A schema that counts, as rows of `ran`, how often a clause of an access ran. It also creates a user to sign in as.
 */
const CLAUSES = `
  DEFINE TABLE ran; CREATE user:ada SET name = 'ada', pass = crypto::argon2::generate('ada-1');
  DEFINE ACCESS counted ON DATABASE TYPE RECORD
    SIGNUP { CREATE ran; CREATE user SET name = $name, pass = 'x' } SIGNIN { CREATE ran; SELECT * FROM user:ada }
    WITH JWT ALGORITHM HS256 KEY '${KEY}' AUTHENTICATE { CREATE ran; RETURN user:ada } DURATION FOR SESSION 1h;
  DEFINE ACCESS bearer ON DATABASE TYPE BEARER FOR RECORD;
  DEFINE ACCESS root_token ON ROOT TYPE JWT ALGORITHM HS256 KEY '${KEY}'`;

/** A service-only server, and a check that no record user's request had an effect. */
async function start() {
  const server = await startTestServer({ serviceOnly: true });
  const owner = await connectRoot(server.url);
  await applyFixture(owner);
  await owner.query(CLAUSES);
  const traces = () => owner.query('SELECT VALUE id FROM user, ran; RETURN (SELECT * FROM user:ada)');
  return { server, owner, traces };
}

const signed = (claims: object): string => {
  const [head, body] = [
    { alg: 'HS256', typ: 'JWT' },
    { exp: Math.floor(Date.now() / 1000) + 600, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${head}.${body}.${createHmac('sha256', KEY).update(`${head}.${body}`).digest('base64url')}`;
};

const NAMES: readonly (readonly [namespace: string, database: string, access: string])[] = [
  ['ns', 'db', 'ac'],
  ['NS', 'DB', 'AC'],
  ['NS', 'db', 'ac'],
  ['ns', 'DB', 'AC'],
];
const CLAIMS: typeof NAMES = [
  ...NAMES,
  ['https://surrealdb.com/ns', 'https://surrealdb.com/db', 'https://surrealdb.com/ac'],
  ['https://surrealdb.com/namespace', 'https://surrealdb.com/database', 'https://surrealdb.com/access'],
];
const named = ([namespace, database, access]: (typeof NAMES)[number], rest: object) => ({
  ...{ [namespace]: 'app', [database]: 'app', [access]: 'counted' },
  ...rest,
});

/** A token of the open access, as a gateway uses, and one for each spelling of the claims. */
async function tokens(owner: Surreal) {
  const [grant] = await owner.query<[{ grant: { key: string } }]>('ACCESS bearer GRANT FOR RECORD user:ada');
  const spelled = CLAIMS.flatMap((names) => [
    signed(named(names, { ID: 'user:ada' })),
    signed(named(names, { id: 'user:ada' })),
    signed(named(names, {})),
  ]);
  return { key: grant.grant.key, spelled };
}

type Attempt = readonly [method: string, params: unknown[]];

async function attempts(owner: Surreal): Promise<Attempt[]> {
  const { key, spelled } = await tokens(owner);
  return [
    ...NAMES.flatMap((names): Attempt[] => [
      ['signup', [named(names, { name: 'eve' })]],
      ['signin', [named(names, { name: 'ada' })]],
      ['signin', [named(names, { user: root.username, pass: root.password })]],
      ['signup', [named(names, { name: 'eve' }), 'and more']],
    ]),
    ['signup', [{ ns: 'app', db: 'app', ac: 'account', name: 'eve', pass: 'eve-1' }]],
    ['signin', [{ ns: 'app', db: 'app', ac: 'account', name: 'ada', pass: 'ada-1' }]],
    ['signin', [{ ns: 'app', db: 'app', ac: 'bearer', key }]],
    ['signin', [{ ns: 'app', db: 'app', ac: 'account', refresh: key }]],
    ...spelled.flatMap((token): Attempt[] => [
      ['authenticate', [token]],
      ['refresh', [{ access: token, refresh: key }]],
      ['revoke', [{ access: token, refresh: key }]],
    ]),
  ];
}

describe('a connection without a service user', () => {
  it('accepts no record user by any method, spelling or session, and runs no clause for one', async () => {
    const { server, owner, traces } = await start();
    const all = await attempts(owner);
    const before = await traces();
    const raw = await RawClient.connect(server.url);
    await raw.call('use', ['app', 'app']);
    const session = new Uuid(randomUUID());
    await raw.call('attach', [], { session });
    for (const where of [{}, { session }]) {
      for (const [method, params] of all) {
        const label = `${method} ${JSON.stringify(params)}`;
        expect((await raw.call(method, params, where)).error, label).toMatchObject(refused);
        expect((await raw.call('query', ['RETURN $auth'], where)).error, label).toMatchObject({ kind: 'NotAllowed' });
      }
    }
    expect(await traces()).toEqual(before);
  }, 120_000);

  it('accepts none in JSON, in chunked text or behind a byte order mark, which two parsers read differently', async () => {
    const { server, traces } = await start();
    const before = await traces();
    const json = await RawClient.connect(server.url, 'json');
    const signup = { id: 1, method: 'signup', params: [named(['ns', 'db', 'ac'], { name: 'eve' })] };
    expect((await json.send(JSON.stringify(signup))).error).toMatchObject(refused);

    const raw = await RawClient.connect(server.url);
    const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
    const chunks = (...parts: string[]) =>
      Buffer.concat([Buffer.from([0x7f]), ...parts.map(text), Buffer.from([0xff])]);
    const credentials = Buffer.concat([
      ...[Buffer.from([0xa3]), text('ns'), text('app'), text('db'), text('app')],
      ...[chunks('a', 'c'), text('counted')],
    ]);
    const request = Buffer.concat([
      ...[Buffer.from([0xa3]), text('id'), text('1'), text('method'), text('signin'), text('params')],
      ...[Buffer.from([0x81]), credentials],
    ]);
    expect((await raw.send(request)).error).toMatchObject({ message: 'Parse error' });
    const names = named(['ns', 'db', 'ac'], {});
    for (const hidden of [{ '\ufeffac': null }, { '\ufeffdb': null }, { '\ufeffac': undefined }]) {
      expect((await raw.call('signin', [{ ...names, ...hidden }])).error).toMatchObject({ message: 'Parse error' });
    }
    expect(await traces()).toEqual(before);
  });

  it('accepts none over HTTP', async () => {
    const { server, owner, traces } = await start();
    const { spelled } = await tokens(owner);
    const all = await attempts(owner);
    const before = await traces();
    const http = `http://${server.host}:${server.port}`;
    const send = (path: string, init: RequestInit) => fetch(http + path, { method: 'POST', ...init });
    const json = { 'content-type': 'application/json', accept: 'application/json' };
    const here = { ...json, 'surreal-ns': 'app', 'surreal-db': 'app' };
    for (const [method, params] of all) {
      const rpc = await send('/rpc', { headers: here, body: JSON.stringify({ method, params }) });
      expect(await rpc.json(), `${method} ${JSON.stringify(params)}`).toMatchObject({ error: refused });
      if (method !== 'signin' && method !== 'signup') continue;
      const answer = await send(`/${method}`, { headers: here, body: JSON.stringify(params[0]) });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('connect through the gateway');
    }
    const endpoints = [
      'POST /sql',
      'POST /rpc',
      'POST /import',
      'GET /export',
      'GET /key/user',
      'POST /key/note',
      'GET /api/app/app/x',
    ];
    for (const token of spelled) {
      for (const endpoint of endpoints) {
        const [method = '', path = ''] = endpoint.split(' ');
        const headers = { ...here, authorization: `Bearer ${token}` };
        const body = method === 'POST' ? '{"method":"query","params":["RETURN $auth"]}' : null;
        const answer = await send(path, { method, headers, body });
        expect(answer.status, `${endpoint} ${token}`).toBe(401);
        expect(await answer.text()).toContain('connect through the gateway');
      }
    }
    expect(await traces()).toEqual(before);
  }, 120_000);

  it('accepts service users of every level, and a token of a root access', async () => {
    const { server, owner } = await start();
    await owner.query("DEFINE USER chief ON NAMESPACE PASSWORD 'chief-1' ROLES OWNER");
    for (const [method, params] of [
      ['signin', [{ user: root.username, pass: root.password }]],
      ['signin', [{ ns: 'app', user: 'chief', pass: 'chief-1' }]],
      ['signin', asService],
      ['authenticate', [signed({ AC: 'root_token', RL: ['Viewer'] })]],
    ] as const) {
      const raw = await RawClient.connect(server.url);
      expect((await raw.call(method, [...params])).error).toBeUndefined();
      expect(await raw.call('query', ['RETURN 1'])).toMatchObject({ result: [{ result: 1 }] });
    }
  });
});

/** A service user's connection with a record user on a second session. */
async function gateway(server: SurrealServer) {
  const raw = await RawClient.connect(server.url);
  await raw.call('signin', asService);
  const session = new Uuid(randomUUID());
  await raw.call('attach', [], { session });
  const ask = (method: string, params: unknown[] = [], rest: object = {}): Promise<RawAnswer> =>
    raw.call(method, params, { session, ...rest });
  const signUp = () => ask('signup', [{ ...{ ns: 'app', db: 'app', ac: 'account' }, name: 'eve', pass: 'eve-1' }]);
  return { raw, ask, signUp };
}

describe('the connection of a service user', () => {
  it('accepts record users by every method, on its other sessions only', async () => {
    const { server } = await start();
    const { raw, ask, signUp } = await gateway(server);
    const { result } = await signUp();
    const { access, refresh } = result as { access: string; refresh: string };
    expect(await ask('query', ['RETURN $auth IS NOT NONE'])).toMatchObject({ result: [{ result: true }] });
    for (const [method, params] of [
      ['authenticate', [access]],
      ['refresh', [{ access, refresh }]],
      ['signin', [{ ns: 'app', db: 'app', ac: 'account', name: 'eve', pass: 'eve-1' }]],
      ['authenticate', [signed({ NS: 'app', DB: 'app', AC: 'counted' })]],
    ] as const) {
      expect((await raw.call(method, [...params])).error, method).toMatchObject(refused);
      expect((await ask(method, [...params])).error, method).toBeUndefined();
    }
    expect(await raw.call('query', ['RETURN $auth'])).toMatchObject({ result: [{ status: 'OK' }] });
  });

  it.each(['invalidate', 'reset'])('signs them out when the service user signs out with %s', async (method) => {
    const { server, owner } = await start();
    const { raw, ask, signUp } = await gateway(server);
    await signUp();
    const { result: live } = await ask('live', ['note']);
    expect(live).toBeDefined();
    const { result: txn } = await ask('begin');
    await ask('query', ['CREATE note:held'], { txn });
    const before = raw.answers.length;
    await raw.call(method);
    expect((await ask('query', ['RETURN 1'])).error).toMatchObject({ kind: 'NotAllowed' });
    expect((await ask('commit', [txn])).error).toMatchObject({ message: 'Transaction not found' });
    await vi.waitFor(
      async () => expect(await owner.query('INFO FOR TABLE note')).toMatchObject([{ lives: {} }]),
      20_000,
    );
    await owner.query('CREATE note:later');
    expect(await owner.query('SELECT VALUE id FROM note:held, note:later')).toMatchObject([[{ id: 'later' }]]);
    // Only the answers to its own requests arrived, and possibly the end of the live query.
    expect(raw.answers.slice(before).filter((answer) => JSON.stringify(answer).includes('note:later'))).toEqual([]);
    await raw.call('signin', asService);
    expect((await ask('query', ['RETURN 1'])).error, 'the session stays signed out').toMatchObject({
      kind: 'NotAllowed',
    });
    expect((await signUp()).error).toBeDefined();
    expect(
      (await ask('signin', [{ ns: 'app', db: 'app', ac: 'account', name: 'eve', pass: 'eve-1' }])).error,
    ).toBeUndefined();
  });

  it('signs them out when the service user expires', async () => {
    const { server, owner } = await start();
    await owner.query(
      "DEFINE USER OVERWRITE service ON DATABASE PASSWORD 'service-1' ROLES EDITOR DURATION FOR SESSION 2s",
    );
    const { ask, signUp } = await gateway(server);
    await signUp();
    await vi.waitFor(async () => expect((await ask('query', ['RETURN 1'])).error).toBeDefined(), {
      timeout: 20_000,
      interval: 50,
    });
    expect((await ask('query', ['RETURN 1'])).error).toMatchObject({ kind: 'NotAllowed' });
    expect((await signUp()).error).toMatchObject(refused);
  });

  it('keeps them when the service user signs in again or fails to', async () => {
    const { server } = await start();
    const { raw, ask, signUp } = await gateway(server);
    await signUp();
    await raw.call('signin', asService);
    await raw.call('signin', [{ user: 'root', pass: 'wrong' }]);
    expect(await ask('query', ['RETURN 1'])).toMatchObject({ result: [{ result: 1 }] });
  });

  it('gives other connections no rights', async () => {
    const { server } = await start();
    const { signUp } = await gateway(server);
    const { result } = await signUp();
    const stranger = await connectGuest(server.url);
    await expect(stranger.authenticate((result as { access: string }).access)).rejects.toMatchObject({
      kind: 'NotAllowed',
      message: expect.stringContaining('connect through the gateway'),
    });
    await expect(stranger.query('RETURN 1')).rejects.toMatchObject({ kind: 'NotAllowed' });
  });
});

it('accepts all of this in the open mode, as a real server does', async () => {
  const server = await startTestServer();
  const owner = await connectRoot(server.url);
  await applyFixture(owner);
  const raw = await RawClient.connect(server.url);
  const { result } = await raw.call('signup', [{ ns: 'app', db: 'app', ac: 'account', name: 'eve', pass: 'eve-1' }]);
  expect(result).toMatchObject({ access: expect.any(String), refresh: expect.any(String) });
  expect(await raw.call('query', ['RETURN $auth IS NOT NONE'])).toMatchObject({ result: [{ result: true }] });
  expect((await raw.call('query', ['RETURN 1'])).error).toBeUndefined();
});
