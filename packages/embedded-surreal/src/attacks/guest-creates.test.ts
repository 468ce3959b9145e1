/** A user without the right to define a namespace or a database cannot create one by selecting it either. */
import { RecordId, type Surreal } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { SurrealServer } from '../server.ts';
import { connectGuest, connectRoot, root, startTestServer } from '../testing/database.ts';
import { applyFixture, place, service } from '../testing/fixture.ts';
import { basic } from '../testing/http-client.ts';
import { RawClient } from '../testing/raw-client.ts';

async function start() {
  const server = await startTestServer();
  const owner = await connectRoot(server.url);
  await applyFixture(owner);
  await owner.query("DEFINE USER reader ON ROOT PASSWORD 'reader-1' ROLES VIEWER");
  await owner.query("DEFINE USER chief ON NAMESPACE PASSWORD 'chief-1' ROLES OWNER");
  return { server, owner, before: await everything(owner) };
}

/** All namespaces, each with its databases. */
async function everything(owner: Surreal): Promise<Record<string, string[]>> {
  const [{ namespaces }] = await owner.query<[{ namespaces: object }]>('INFO FOR ROOT');
  const found: Record<string, string[]> = {};
  for (const name of Object.keys(namespaces)) {
    const [, info] = await owner.query<[unknown, { databases: object }]>(`USE NS \`${name}\`; INFO FOR NS`);
    found[name] = Object.keys(info.databases);
  }
  await owner.use(place);
  return found;
}

const nowhere = { namespace: 'nowhere', database: 'nothing' };

const people: readonly (readonly [who: string, signIn: (client: Surreal) => Promise<unknown>])[] = [
  [
    'a record user',
    (client) => client.signup({ ...place, access: 'account', variables: { name: 'eve', pass: 'eve-1' } }),
  ],
  ['a database editor', (client) => client.signin(service)],
  ['a root viewer', (client) => client.signin({ username: 'reader', password: 'reader-1' })],
];

const spellings = [
  'USE NS nowhere',
  'USE NS nowhere DB nothing; RETURN 1',
  'USE DB nothing',
  'RETURN 1; use namespace `nowhere` database `nothing`',
  'BEGIN; USE NS nowhere; COMMIT',
  'USE\tNS\r\n"nowhere"',
  'USE NS ⟨nowhere⟩;;',
  'USE NS app DB app; USE DB nothing',
  'USE NS s"nowhere"',
  'USE NS ("nowhere")',
  'USE NS type::string("nowhere")',
  'USE NS "no" + "where"',
  'USE/**/NS nowhere',
  '-- \r\u2028 note\nUSE NS nowhere',
  'USE NS `n\\u{6f}where`',
  `${"RETURN 'use'; ".repeat(50)}USE NS nowhere${"; RETURN 'use'".repeat(50)}`,
  "RETURN 'it''s'; USE NS nowhere",
  'RETURN /"/; USE NS nowhere; RETURN "',
];

describe('a guest', () => {
  it('creates nothing with any method', async () => {
    const { server, owner, before } = await start();
    const attempts: readonly (readonly [method: string, params: unknown[]])[] = [
      ['use', ['nowhere', 'nothing']],
      ['use', ['app', 'nothing']],
      ['use', ['nowhere', null]],
      ['use', ['nowhere', undefined]],
      ['use', ['nowhere', 1]],
      ['use', [1, 'nothing']],
      ['use', [{ a: 1 }, 'nothing']],
      ['use', ['nowhere', new RecordId('a', 1)]],
      ['signin', [{ ns: 'nowhere', db: 'nothing', user: 'a', pass: 'b' }]],
      ['signup', [{ ns: 'nowhere', db: 'nothing', ac: 'account' }]],
    ];
    const raw = await RawClient.connect(server.url);
    for (const [method, params] of attempts) {
      await raw.call(method, params);
      await raw.call('use', [undefined, 'nothing']);
      expect(await everything(owner), `${method} ${JSON.stringify(params)}`).toEqual(before);
    }
  });

  it('creates nothing with a chunked name, which two parsers may read differently', async () => {
    const { server, owner, before } = await start();
    const raw = await RawClient.connect(server.url);
    const [place, chunked] = [Buffer.from('\x65where'), Buffer.from('\x7f\x62no\x65where\xff', 'latin1')];
    for (const params of [
      [chunked, place],
      [place, chunked],
    ]) {
      const head = Buffer.from('\xa3\x62id\x01\x66method\x63use\x66params\x82', 'latin1');
      expect(await raw.send(Buffer.concat([head, ...params]))).toMatchObject({ error: { message: 'Parse error' } });
    }
    await raw.call('signin', [{ user: root.username, pass: root.password }]);
    expect(await everything(owner)).toEqual(before);
  });

  it('creates nothing over HTTP', async () => {
    const { server, owner, before } = await start();
    const headers = { 'surreal-ns': 'nowhere', 'surreal-db': 'nothing', accept: 'application/json' };
    const http = httpOf(server);
    for (const path of ['/api/nowhere/nothing/x', '/key/note', '/export']) await fetch(http + path, { headers });
    for (const path of ['/sql', '/import', '/key/note', '/api/nowhere/nothing/x']) {
      await fetch(http + path, { method: 'POST', headers, body: 'RETURN 1' });
    }
    await fetch(`${http}/rpc`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'use', params: ['nowhere', 'nothing'] }),
    });
    expect(await everything(owner)).toEqual(before);
  });

  it('cannot tell from the answer what exists', async () => {
    const { server } = await start();
    const raw = await RawClient.connect(server.url);
    expect((await raw.call('use', ['app', 'app'])).result).toEqual(place);
    expect((await raw.call('use', [undefined, 'nothing'])).result).toEqual({ namespace: 'app', database: 'nothing' });
    expect((await raw.call('use', ['nowhere', undefined])).result).toEqual(nowhere);
    expect((await raw.call('use', [undefined, null])).result).toEqual({ namespace: 'nowhere' });
    expect((await raw.call('use', [null, null])).result).toEqual({});
    expect((await raw.call('use', [undefined, undefined])).result).toEqual({ namespace: 'main', database: 'main' });
  });
});

describe('a guest’s selection', () => {
  it('is created and selected when a user with the right signs in', async () => {
    const { server, owner, before } = await start();
    const raw = await RawClient.connect(server.url);
    await raw.call('use', ['nowhere', 'nothing']);
    await raw.call('signin', [{ user: 'reader', pass: 'reader-1' }]);
    expect(await everything(owner)).toEqual(before);
    expect(await raw.call('query', ['SELECT * FROM note'])).toMatchObject({
      result: [{ status: 'ERR', result: 'Specify a namespace to use' }],
    });
    await raw.call('invalidate');
    await raw.call('use', ['nowhere', 'nothing']);
    await raw.call('signin', [{ user: root.username, pass: root.password }]);
    expect(await raw.call('query', ['CREATE note:1'])).toMatchObject({ result: [{ status: 'OK' }] });
    expect(await everything(owner)).toEqual({ ...before, nowhere: ['nothing'] });
  });

  it('is only created in the namespace of a namespace owner', async () => {
    const { server, owner, before } = await start();
    for (const namespace of ['app', 'nowhere']) {
      const raw = await RawClient.connect(server.url);
      await raw.call('use', [namespace, 'new']);
      await raw.call('signin', [{ ns: 'app', user: 'chief', pass: 'chief-1' }]);
    }
    expect(await everything(owner)).toEqual({ ...before, app: ['app', 'new'] });
  });

  it('is replaced by the database that the user belongs to', async () => {
    const { server } = await start();
    const client = await connectGuest(server.url, {});
    await client.use(nowhere);
    await client.signin(service);
    expect(await client.query('RETURN [session::ns(), session::db()]')).toEqual([['app', 'app']]);
  });

  it('is discarded by a reset', async () => {
    const { server, owner, before } = await start();
    const raw = await RawClient.connect(server.url);
    await raw.call('use', ['nowhere', 'nothing']);
    await raw.call('reset');
    await raw.call('signin', [{ user: root.username, pass: root.password }]);
    expect(await everything(owner)).toEqual(before);
  });
});

describe.each(people)('%s', (_who, signIn) => {
  it('creates nothing with `use`, and keeps the selection', async () => {
    const { server, owner, before } = await start();
    const client = await connectGuest(server.url);
    await signIn(client);
    await client.use(place);
    for (const target of [nowhere, { namespace: 'app', database: 'nothing' }, { namespace: 'nowhere' }]) {
      await expect(client.use(target), JSON.stringify(target)).rejects.toMatchObject({ kind: 'NotFound' });
    }
    expect(await everything(owner)).toEqual(before);
    expect(await client.query('RETURN [session::ns(), session::db()]')).toEqual([['app', 'app']]);
  });

  it('creates nothing with a USE in a query, in any spelling', async () => {
    const { server, owner, before } = await start();
    const client = await connectGuest(server.url);
    await signIn(client);
    for (const statement of spellings) {
      await client.use(place);
      await client.query(statement).catch(() => {});
      expect(await everything(owner), statement).toEqual(before);
    }
  });

  it('may select what exists, and use the word in other places', async () => {
    const { server } = await start();
    const client = await connectGuest(server.url);
    await signIn(client);
    await client.use(place);
    const statements = "USE NS app DB app; RETURN 'USE NS nowhere'; LET $use = 1; RETURN { use: $use }; USE DB app";
    expect(await client.query(`${"RETURN 'use'; ".repeat(100)}USE NS app DB app`)).toHaveLength(101);
    expect(await client.query(statements)).toMatchObject([place, 'USE NS nowhere', undefined, { use: 1 }, place]);
  });
});

it('creates nothing in an expired session', async () => {
  const { server, owner, before } = await start();
  await owner.query("DEFINE USER brief ON ROOT PASSWORD 'brief-1' ROLES OWNER DURATION FOR SESSION 1s");
  const raw = await RawClient.connect(server.url);
  await raw.call('signin', [{ user: 'brief', pass: 'brief-1' }]);
  await expect.poll(async () => (await raw.call('query', ['RETURN 1'])).error, { timeout: 20_000 }).toBeDefined();
  await raw.call('use', ['nowhere', 'nothing']);
  expect(await everything(owner)).toEqual(before);
});

it('refuses a request whose headers select a database that the user may not create', async () => {
  const { server, owner, before } = await start();
  const answer = await fetch(`${httpOf(server)}/sql`, {
    method: 'POST',
    headers: { authorization: basic('reader', 'reader-1'), 'surreal-ns': 'nowhere', 'surreal-db': 'nothing' },
    body: 'RETURN 1',
  });
  expect(answer.status).toBe(401);
  expect(await everything(owner)).toEqual(before);
});

it('refuses an expression as a name for every user, because it would end the process', async () => {
  const { server } = await start();
  const owner = await connectRoot(server.url);
  for (const statement of ['USE NS $x', 'USE DB $x', 'USE NS app DB $x', 'LET $x = "app"; USE NS $x']) {
    await expect(owner.query(statement), statement).rejects.toThrow('USE accepts plain names');
  }
  expect(await owner.query('RETURN 1')).toEqual([1]);
});

const httpOf = ({ host, port }: SurrealServer): string => `http://${host}:${port}`;
