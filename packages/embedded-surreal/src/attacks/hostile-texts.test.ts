/**
 * SurrealQL by which a record user bypasses a schema's permissions or harms others. In service-only mode a record user
 * cannot send it to the engine in any way. In the open mode the engine runs it, and each case documents the result. A
 * gateway prevents all of them. See docs/security.md.
 */
import { RecordId, type Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SurrealServer, startServer } from '../server.ts';
import { root } from '../testing/database.ts';
import { openClient } from '../testing/open-client.ts';

const APP = { namespace: 'app', database: 'app' };
const SERVICE = { ...APP, username: 'service', password: 'service-1' };
const SECRET = 'only Ada may read this';
const PASSWORD = 'password-1';

/** Ada's secrets are where schemas put them: in a hidden field, in a row that she owns, in a row without an owner. */
const SCHEMA = `
  DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select WHERE $auth != NONE;
  DEFINE FIELD name ON user TYPE string;
  DEFINE FIELD pass ON user TYPE string PERMISSIONS NONE;
  DEFINE INDEX user_name ON user FIELDS name UNIQUE;
  DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE type::record('user', $name) SET name = $name, pass = crypto::sha256($pass))
    SIGNIN (SELECT * FROM user WHERE name = $name AND pass = crypto::sha256($pass))
    WITH REFRESH DURATION FOR TOKEN 1h, FOR SESSION 1h;
  DEFINE TABLE thread PERMISSIONS FOR select WHERE $auth != NONE FOR create, update, delete WHERE author = $auth.id;
  DEFINE FIELD author ON thread TYPE record<user>;
  DEFINE FIELD created_at ON thread TYPE datetime DEFAULT time::now();
  DEFINE FIELD suggestion ON thread TYPE option<string> PERMISSIONS FOR select WHERE author = $auth.id;
  DEFINE INDEX thread_created_at ON thread FIELDS created_at;
  DEFINE TABLE job PERMISSIONS FOR select, create, update WHERE owner = $auth.id;
  DEFINE FIELD owner ON job TYPE option<record<user>>;
  DEFINE FIELD thread ON job TYPE option<record<thread>> REFERENCE;
  DEFINE FIELD payload ON job TYPE option<string>;
  DEFINE USER service ON DATABASE PASSWORD '${SERVICE.password}' ROLES EDITOR`;

const ROWS = `
  CREATE thread:one SET author = user:ada, suggestion = $secret;
  CREATE job:one SET owner = user:ada, thread = thread:one, payload = $secret;
  CREATE job:orphan SET payload = $secret`;

const AS_ADA = '{ id: user:ada }';

/** Each text returns the secret if it works. */
const LEAKS: Readonly<Record<string, string>> = {
  'an ordered list': 'SELECT * FROM thread ORDER BY created_at',
  'a condition on an indexed field': "SELECT VALUE suggestion FROM thread WHERE created_at > d'2000-01-01T00:00:00Z'",
  'a back reference': 'SELECT id, <~(SELECT * FROM job FIELD thread) AS jobs FROM thread',
  'LET $auth in a block': `{ LET $auth = ${AS_ADA}; RETURN (SELECT * FROM job) }`,
  'LET $auth with an escaped name': `{ LET $\`auth\` = ${AS_ADA}; RETURN (SELECT * FROM job) }`,
  'a closure with a parameter $auth': `RETURN [${AS_ADA}].map(|$auth| (SELECT * FROM job))`,
  'FOR $auth IN': `{ FOR $auth IN [${AS_ADA}] { IF (SELECT * FROM job:one) != [] { THROW (SELECT * FROM job:one)[0].payload } } }`,
};

/** Texts that the open server also stops, by its own checks or by the engine's permissions. */
const HELD: Readonly<Record<string, string>> = {
  'a hidden field by id': 'SELECT suggestion FROM thread:one',
  'rows of others by id': 'SELECT * FROM job:one',
  'a whole table of others’ rows': 'SELECT * FROM job; SELECT * FROM job ORDER BY payload',
  'LIVE with a condition that throws': `LIVE SELECT * FROM thread WHERE { THROW 'everybody fails' }`,
  'LIVE with a condition that writes': 'LIVE SELECT * FROM thread WHERE (CREATE job SET owner = user:eve) != NONE',
  'a new namespace': 'USE NS made DB made; RETURN 1',
  'a definition': 'DEFINE TABLE made PERMISSIONS FULL',
  'an import': 'OPTION IMPORT; DEFINE TABLE made',
};

describe.each([
  { mode: 'service-only mode', serviceOnly: true },
  { mode: 'the open mode', serviceOnly: false },
])('a server in $mode', ({ serviceOnly }) => {
  let server: SurrealServer;
  let owner: Surreal;
  let eve: { access: string; refresh?: string };
  const clients: Surreal[] = [];
  const open = async (): Promise<Surreal> => {
    const client = await openClient(server.url);
    clients.push(client);
    return client;
  };
  const http = (): string => `http://${server.host}:${server.port}`;

  beforeAll(async () => {
    server = await startServer({ storage: { type: 'memory' }, root, serviceOnly });
    owner = await open();
    await owner.signin(root);
    await owner.use(APP);
    await owner.query(SCHEMA);
    // Both accounts are created in the way that both modes allow: on a session beside a service user.
    const gateway = await open();
    await gateway.signin(SERVICE);
    for (const name of ['ada', 'eve']) {
      const session = await gateway.newSession();
      eve = await session.signup({ ...APP, access: 'account', variables: { name, pass: PASSWORD } });
    }
    await owner.query(ROWS, { secret: SECRET });
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await server.close();
  });

  /** The text of everything that Eve receives when she tries a text in each way. */
  async function attack(text: string): Promise<string[]> {
    const received: string[] = [];
    const record = (value: unknown): void => {
      received.push(value instanceof Error ? value.message : JSON.stringify(value));
    };
    const bySignIn = await open();
    const byToken = await open();
    const credentials = { ...APP, access: 'account', variables: { name: 'eve', pass: PASSWORD } };
    await bySignIn.signin(credentials).then(record, record);
    await byToken.authenticate(eve.access).then(record, record);
    for (const client of [bySignIn, byToken]) {
      await client.use(APP).then(record, record);
      await client.query(text).responses().then(record, record);
    }
    const headers = {
      ...{ accept: 'application/json', 'content-type': 'application/json', authorization: `Bearer ${eve.access}` },
      ...{ 'surreal-ns': APP.namespace, 'surreal-db': APP.database },
    };
    const rpc = JSON.stringify({ id: 1, method: 'query', params: [text, {}] });
    for (const [path, body] of [
      ['/sql', text],
      ['/rpc', rpc],
      ['/import', text],
    ] as const) {
      record(await (await fetch(http() + path, { method: 'POST', headers, body })).text());
    }
    record(await (await fetch(`${http()}/key/thread`, { headers })).text());
    return received;
  }

  /** Other users are not affected: the service reads and writes as before, and nothing was created. */
  async function expectUnharmed(): Promise<void> {
    await owner.query('UPDATE thread:one SET title = rand::uuid(); CREATE job:probe; DELETE job:probe');
    const [roots, info] = await owner.query<[{ namespaces: object }, { tables: object }]>('INFO FOR ROOT; INFO FOR DB');
    expect(Object.keys(roots.namespaces)).not.toContain('made');
    expect(Object.keys(info.tables)).not.toContain('made');
    expect(await owner.query('SELECT VALUE id FROM job WHERE owner = user:eve')).toEqual([[]]);
  }

  it.each(Object.entries(HELD))('stops %s', async (_, text) => {
    expect((await attack(text)).join('\n')).not.toContain(SECRET);
    await expectUnharmed();
  });

  it.each(Object.entries(LEAKS))(
    serviceOnly ? 'keeps %s away from the engine' : 'cannot stop a record user from reading with %s',
    async (_, text) => {
      const received = (await attack(text)).join('\n');
      if (serviceOnly) {
        expect(received).not.toContain(SECRET);
        expect(received).toContain('connect through the gateway');
      } else expect(received).toContain(SECRET);
      await expectUnharmed();
    },
  );

  it(serviceOnly ? 'refuses to begin a transaction, where $auth is NONE' : 'loses $auth in a transaction', async () => {
    const client = await open();
    await client.authenticate(eve.access).catch(() => undefined);
    await client.use(APP).catch(() => undefined);
    const read = async (): Promise<unknown> => {
      const transaction = await client.beginTransaction();
      const rows = await transaction.query('SELECT VALUE payload FROM job:orphan');
      await transaction.cancel();
      return rows;
    };
    if (serviceOnly) await expect(read()).rejects.toThrow();
    // NONE = NONE: for the engine, a row without an owner belongs to this session.
    else expect(await read()).toEqual([[SECRET]]);
  });

  it(serviceOnly ? 'refuses a deleted user' : 'still accepts a deleted user on an open session', async () => {
    const gateway = await open();
    await gateway.signin(SERVICE);
    const session = await gateway.newSession();
    const made = await session.signup({ ...APP, access: 'account', variables: { name: 'zoe', pass: PASSWORD } });
    const client = await open();
    await client.authenticate(made.access).catch(() => undefined);
    await client.use(APP).catch(() => undefined);
    await owner.query('DELETE $zoe', { zoe: new RecordId('user', 'zoe') });
    const rows = client.query('SELECT VALUE id FROM thread');
    if (serviceOnly) await expect(rows).rejects.toThrow();
    else expect(await rows).toEqual([[new RecordId('thread', 'one')]]);
  });
});
