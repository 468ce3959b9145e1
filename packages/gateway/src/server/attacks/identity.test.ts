import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { TEST_SCHEMA } from '../../testing/schema.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { ClientFrame } from '../../wire/frames.ts';
import type { SessionAnswer } from '../../wire/session.ts';
import { decodeValue, type WireRecordId } from '../../wire/value.ts';

/** An id with two parts, both chosen by the person who signs up. */
const TENANT_ACCESS = `DEFINE ACCESS tenant ON DATABASE TYPE RECORD
  SIGNUP (CREATE ONLY type::record('person', [$org, $name]) SET name = <string> $label)
  SIGNIN (SELECT VALUE id FROM ONLY type::record('person', [$org, $name]))`;

let database: TestDatabase;
let test: TestGateway;
let other: TestGateway;
beforeAll(async () => {
  database = await startTestDatabase(TEST_SCHEMA + TENANT_ACCESS);
  test = await startTestGateway({ database });
  other = await startTestGateway({ database });
});
afterAll(async () => {
  await other.close();
  await test.close();
  await database.close();
});

async function watchProjects(gateway: TestGateway, cookie: string): Promise<TestSocket> {
  const socket = await gateway.connect({ cookie });
  socket.send({ type: 'subscribe', id: 1, plan: { table: 'project' } } as ClientFrame);
  await socket.frame('snapshot');
  return socket;
}

describe('a user who is deleted and created again with the same id', () => {
  it.each([
    ['one transaction', (name: string) => `BEGIN; DELETE $user; CREATE $user SET name = '${name}'; ${SECRET}; COMMIT`],
    ['one text', (name: string) => `DELETE $user; CREATE $user SET name = '${name}'; ${SECRET}`],
  ])('is not shown to sessions of the old user: %s', async (how, textOf) => {
    const name = `again-${how}`;
    const { cookie, user } = await test.signUp(name);
    const offline = await test.post('sign-in', { access: 'account', variables: credentials(name) });
    const sockets = [await watchProjects(test, cookie), await watchProjects(other, cookie)];
    await test.owner.queryAll(textOf(`${name}-new`), { user: decodeValue(user) });
    for (const { closed } of sockets) expect(await closed).toMatchObject({ code: 4401 });
    for (const { frames } of sockets) expect(JSON.stringify(frames)).not.toContain('of-the-new-one');
    const kept = offline.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    for (const gateway of [test, other]) {
      for (const old of [cookie, kept]) expect((await gateway.post('renew', {}, { cookie: old })).status).toBe(401);
    }
  });

  it('does not end the sessions of other users', async () => {
    const { cookie } = await test.signUp('stays');
    const { user } = await test.signUp('goes');
    await test.owner.query('DELETE $user', { user: decodeValue(user) });
    expect((await test.post('renew', {}, { cookie })).status).toBe(200);
  });
});

describe("a user whose id could be read as another user's", () => {
  const signUp = (org: unknown, name: string, label: string) =>
    test.post('sign-up', { access: 'tenant', variables: { org, name, label } }, { origin: undefined });

  it.each<[string, unknown, unknown]>([
    ['a set in place of a list', [1], { $set: [1] }],
    [
      'a point in place of an object',
      { type: 'Point', coordinates: [1, 2] },
      { $g: { type: 'Point', coordinates: [1, 2] } },
    ],
    ['a table', '1', { $table: '1' }],
    ['a decimal', 1, { $d: '1' }],
    ['bytes', 'AAAA', { $b: 'AAAA' }],
    ['an infinite number', 2, { $f: 'Infinity' }],
  ])('cannot sign in: %s', async (kind, ofVictim, ofAttacker) => {
    const victim = await signUp(ofVictim, 'victim', kind);
    expect(victim.status).toBe(200);
    const attacker = await signUp(ofAttacker, 'victim', `${kind}, attacker`);
    // A value of some kinds is refused before the database sees it.
    expect([400, 422]).toContain(attacker.status);
    expect(await attacker.json()).not.toHaveProperty('token');
  });

  it.each<[string, unknown, unknown]>([
    ['a backslash in a record', { $r: ['team', 'x\ny'] }, { $r: ['team', 'x\\ny'] }],
    ['a quote in a record', { $r: ['team', 'x"y'] }, { $r: ['team', 'x\\"y'] }],
    ['a backslash in a text', 'x\ny', 'x\\ny'],
    ['a time before 1970', { $t: '1960-01-01T00:00:00.5Z' }, { $t: '1960-01-01T00:00:00.25Z' }],
    ['a backslash in a member name', { 'a\n': 1 }, { 'a\\n': 1 }],
    ['a number as a text', 5, '5'],
    ['a uuid as a text', { $uuid: '01943b5e-5f0e-7c3a-8d2a-000000000001' }, '01943b5e-5f0e-7c3a-8d2a-000000000001'],
    ['NONE and NULL', { $none: 1 }, null],
    ['a duration', { $u: '1h' }, '1h'],
    ['a boolean', true, 'true'],
  ])('signs in only as themselves: %s', async (kind, ofVictim, ofAttacker) => {
    for (const [org, label] of [
      [ofVictim, `${kind}, one`],
      [ofAttacker, `${kind}, two`],
    ] as const) {
      const response = await signUp(org, 'somebody', label);
      expect(response.status).toBe(200);
      const { token = '', user } = (await response.json()) as SessionAnswer;
      const socket = await test.connect({ token });
      const id: WireRecordId = { $r: ['project', label] };
      expect(await socket.write({ kind: 'create', id, fields: { title: 'x' } })).toMatchObject({
        result: { owner: user },
      });
      const owner = await test.owner.query<RecordId>('SELECT VALUE owner FROM ONLY $id', { id: decodeValue(id) });
      expect(await test.owner.query('SELECT VALUE name FROM ONLY $owner', { owner })).toBe(label);
      socket.close();
    }
  });
});

const SECRET = "CREATE project SET title = 'of-the-new-one', owner = $user";

const credentials = (name: string) => ({ name, password: 'password-of-a-test' });
