import { RecordId, Uuid } from 'surrealdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { SessionAnswer } from '../wire/session.ts';
import { encodeValue } from '../wire/value.ts';

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
  await test.owner.query(`DEFINE ACCESS open ON DATABASE TYPE RECORD
    SIGNIN (SELECT VALUE id FROM person WHERE name = $name)[0]`);
});
afterAll(() => test.close());

it.each([
  ['a text with a space', 'a b'],
  ['a text that looks like a number', '123'],
  ['a text with every quote', '`⟩\'"\\'],
  ['a text that ends with a backslash', 'x\\'],
  ['a text with escapes', '\\n\\u{41}\\`\\⟩'],
  ['a text with control characters', 'a\n\t\r\u0001\u2028b'],
  ['a text with other scripts', 'Zoë 🦊 \u202e'],
  ['a text of two quotes', "''"],
  ['a text with SurrealQL', 'x; DELETE person'],
  ['a number', 42],
  ['a uuid', new Uuid('01943b5e-5f0e-7c3a-8d2a-000000000001')],
  ['a list', ['team', 7]],
  ['a list with every quote', ['`⟩\'"\\', 'x\\']],
  ['an object', { team: 'x', n: 7 }],
])('writes as the user who signed in, whose key is %s', async (name, key) => {
  const id = new RecordId('person', key);
  await test.owner.query('CREATE $id SET name = $name', { id, name });
  const signIn = () => test.post('sign-in', { access: 'open', variables: { name } }, { origin: undefined });
  await expect.poll(async () => (await signIn()).status, { timeout: 10_000 }).toBe(200);
  const { token = '', user } = (await (await signIn()).json()) as SessionAnswer;
  expect(user).toEqual(encodeValue(id));
  const socket = await test.connect({ token });
  expect((await socket.frame('hello')).user).toEqual(user);
  const write = { kind: 'create', id: { $r: ['project', name] }, fields: { title: 'x' } };
  expect(await socket.write(write)).toMatchObject({ type: 'written', result: { owner: user } });
  socket.close();
});
