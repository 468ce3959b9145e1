import { createHmac } from 'node:crypto';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { RecordId, Surreal } from 'surrealdb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { updateGateway } from './update-gateway.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const NAMES = { namespace: 'main', database: 'test' };
const KEY = 'key-of-the-gateways-of-the-tests-000';
let server: SurrealServer;
let owner: Surreal;

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  owner = await connect(ROOT);
});
afterAll(() => server.close());

async function connect(authentication?: typeof ROOT): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(server.url, { ...NAMES, ...(authentication && { authentication }), reconnect: false });
  return client;
}

function update(key: string): Promise<void> {
  return withLink({ url: server.url, ...NAMES, ...ROOT, levels: ['root'], defineMissing: true }, (link) =>
    updateGateway(link, key),
  );
}

/** Whether the database accepts a token for Ada that a gateway with this key signs. */
async function isAccepted(key: string): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { NS: 'main', DB: 'test', AC: 'spooky_gateway', ID: 'user:ada', iat: now, nbf: now, exp: now + 60 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS512', typ: 'JWT' })}.${part(claims)}`;
  const client = await connect();
  onTestFinished(async () => void (await client.close()));
  const token = `${text}.${createHmac('sha512', key).update(text).digest('base64url')}`;
  return client.authenticate(token).then(
    () => true,
    () => false,
  );
}

it('adds the gateways’ definitions to an older database without changing rows', async () => {
  await update(KEY);
  await owner.query(`REMOVE TABLE spooky_change; REMOVE TABLE spooky_session;
    DEFINE TABLE user PERMISSIONS FOR select FULL; DEFINE TABLE receipt PERMISSIONS NONE; CREATE user:ada SET name = 'Ada'`);
  await update(KEY);
  expect(await isAccepted(KEY)).toBe(true);
  const [users, resets] = await owner.query('SELECT * FROM user; SELECT VALUE [r, reset] FROM spooky_change');
  expect(users).toEqual([{ id: new RecordId('user', 'ada'), name: 'Ada' }]);
  expect(resets).toEqual([[[], true]]);

  await owner.query(`UPDATE user:ada SET name = 'Ada L.'; CREATE receipt:one`);
  const [changes] = await owner.query('SELECT VALUE r FROM spooky_change WHERE reset != true');
  expect(changes).toEqual([[new RecordId('user', 'ada')]]);
});

it('keeps the access while the key is the same and adds the event to a new table', async () => {
  await owner.query('DEFINE TABLE note PERMISSIONS FULL');
  await update(KEY);
  expect(await isAccepted(KEY)).toBe(true);
  const [info] = await owner.query<[{ events: object }]>('INFO FOR TABLE note');
  expect(info.events).toHaveProperty('spooky_change');

  const another = KEY.replaceAll('0', '1');
  await update(another);
  expect([await isAccepted(KEY), await isAccepted(another)]).toEqual([false, true]);
});
