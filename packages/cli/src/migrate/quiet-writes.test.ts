/** The agreement between runner and gateway about how a bulk writer reports the rows that it wrote. */
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { RecordId, Surreal } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import * as gateway from '../../../gateway/src/install/names.ts';
import * as runner from '../../../runner/src/outbox/inbox.ts';
import { withFence } from '../../../runner/src/ownership/statements.ts';
import { updateEngine } from './update-engine.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const RUNNER = { username: 'runner', password: 'runner-of-the-test' };
const NAMES = { namespace: 'main', database: 'test' };
const BATCH = ['a', 'b'].map((key) => new RecordId('item', key));
const { QUIET_VARIABLE, CHANGE_TABLE } = runner;
let server: SurrealServer;
let owner: Surreal;

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  owner = await connect(ROOT);
  await owner.query(`DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS test; USE DB test;
    DEFINE TABLE item SCHEMALESS PERMISSIONS FOR select FULL;
    DEFINE USER runner ON DATABASE PASSWORD '${RUNNER.password}' ROLES EDITOR`);
  await withLink({ url: server.url, ...NAMES, ...ROOT, levels: ['root'] }, (link) =>
    updateEngine(link, { backends: {} }, 'key-of-the-gateways-of-the-tests-000'),
  );
});
afterAll(async () => {
  await owner.close();
  await server.close();
});
beforeEach(() => owner.query(`DELETE item; CREATE item:a, item:b; DELETE ${CHANGE_TABLE}`));

async function connect(user: typeof ROOT): Promise<Surreal> {
  const client = new Surreal();
  const authentication = user === ROOT ? ROOT : { ...user, ...NAMES };
  await client.connect(server.url, { ...NAMES, authentication, reconnect: false });
  return client;
}

async function runnerSession(): Promise<Surreal> {
  const client = await connect(RUNNER);
  onTestFinished(async () => void (await client.close()));
  return client;
}

/** The record ids in each entry of the inbox. */
async function inbox(): Promise<string[][]> {
  const [entries] = await owner.query<[RecordId[][]]>(`SELECT VALUE r FROM ${CHANGE_TABLE}`);
  return entries.map((ids) => ids.map(String)).sort();
}

it('uses the same names on both sides', () => {
  expect(CHANGE_TABLE).toBe(gateway.CHANGE_TABLE);
  expect(CHANGE_TABLE).toBe(gateway.CHANGE_EVENT);
  expect(QUIET_VARIABLE).toBe(gateway.QUIET_VARIABLE);
});

it('silences the event only for later statements of the same block', async () => {
  const session = await runnerSession();
  await session.query('UPDATE item:a SET n = 1');
  expect(await inbox()).toEqual([['item:a']]);
  await owner.query(`DELETE ${CHANGE_TABLE}`);

  // The form that the runner sends. The event would not see a LET after a plain UPDATE of the same block (engine 3.0.2).
  await owner.query(`DELETE spooky_fence; CREATE spooky_fence:one SET alive = true, writes = 0`);
  const block = withFence(
    'spooky_fence:one',
    `LET $${QUIET_VARIABLE} = true;
    LET $w0 = (UPDATE $all SET n = 3 RETURN VALUE id);
    CREATE ${CHANGE_TABLE}:ulid() SET r = $all RETURN NONE;
    RETURN [$w0]`,
  );
  await session.query(block, { all: BATCH });
  expect(await inbox()).toEqual([['item:a', 'item:b']]);
  expect((await owner.query('SELECT VALUE n FROM item'))[0]).toEqual([3, 3]);
  await owner.query(`DELETE ${CHANGE_TABLE}`);

  await session.query('UPDATE item:b SET n = 4');
  expect(await session.query(`RETURN $${QUIET_VARIABLE}`)).toEqual([undefined]);
  expect(await inbox()).toEqual([['item:b']]);
});

it('does not silence other statements of a request or a block that fails', async () => {
  const session = await runnerSession();
  await session.query(`{ LET $${QUIET_VARIABLE} = true; UPDATE item:a SET n = 1 }; UPDATE item:b SET n = 1`);
  expect(await inbox()).toEqual([['item:b']]);
  await owner.query(`DELETE ${CHANGE_TABLE}`);

  await expect(
    session.query(`{ LET $${QUIET_VARIABLE} = true; UPDATE item:a SET n = 2; THROW 'no' }`),
  ).rejects.toThrow();
  await session.query('UPDATE item:a SET n = 3');
  expect(await inbox()).toEqual([['item:a']]);
});
