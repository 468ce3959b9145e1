import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { ClientFrame } from '../../wire/frames.ts';

let test: TestGateway;
let cookie: string;
let bystander: TestSocket;
beforeAll(async () => {
  test = await startTestGateway();
  ({ cookie } = await test.signUp('ada'));
  bystander = await test.connect(await test.signUp('ben'));
  await bystander.write({ kind: 'create', id: { $r: ['project', 'p'] }, fields: { title: 'p', is_public: true } });
});
afterAll(() => test.close());

const subscribe = (id: number, plan: object) => ({ type: 'subscribe', id, plan }) as ClientFrame;

/** Values that the driver cannot encode or decode. */
const STRANGE: readonly [string, unknown][] = [
  ['2^63 as an integer', { $i: '9223372036854775808' }],
  ['half of an emoji', '\ud83d'],
  ['an infinite duration', { $u: '600000000000y' }],
  ['a point with huge coordinates', { $g: { type: 'Point', coordinates: [1e308, 1] } }],
  ['a point of NaN', { $g: { type: 'Point', coordinates: [{ $f: 'NaN' }, 1] } }],
  ['a prototype', JSON.parse('{"__proto__":{"a":1}}')],
];

describe.each(STRANGE)('the value %s', (_, value) => {
  it('is rejected in a plan, and rounds continue', async () => {
    const socket = await test.connect({ cookie });
    socket.send(subscribe(1, { table: 'task', where: { field: 'extra', is: 'eq', value } }));
    expect((await socket.frame('rejected')).error.code).toBe('SPOOKY_GATEWAY_BAD_PLAN');
    socket.send(subscribe(2, { table: 'project' }));
    await socket.frame('snapshot');
    socket.close();
  });

  it('is refused in a write', async () => {
    const fields = { title: 'x', project: { $r: ['project', 'p'] }, extra: value };
    const answer = await bystander.write({ kind: 'create', id: { $r: ['task', 'strange'] }, fields });
    expect(answer).toMatchObject({ type: 'refused', error: { code: 'SPOOKY_GATEWAY_BAD_WRITE' } });
  });

  it('is refused in a sign-in before the database sees it', async () => {
    const body = JSON.stringify({ access: 'account', variables: { name: { inner: value }, password: 'x' } });
    expect((await test.post('sign-in', body)).status).toBe(400);
  });
});

it.each([
  ['2^63', 2 ** 63],
  ['2^53 + 2', 2 ** 53 + 2],
  ['-1e300', -1e300],
  ['-0', { $f: '-0' }],
  ['a range from 2^63', { $range: [['=', 2 ** 63], null] }],
])('stores, finds and shows the float %s unchanged', async (_, value) => {
  const id = { $r: ['task', 'float'] };
  const fields = { title: 'x', project: { $r: ['project', 'p'] }, extra: value };
  const answer = await bystander.write({ kind: 'create', id, fields });
  expect(answer).toMatchObject({ type: 'written', result: { extra: value } });
  const socket = await test.connect({ cookie });
  socket.send(subscribe(1, { table: 'task', where: { field: 'extra', is: 'eq', value } }));
  expect((await socket.frame('snapshot')).rows).toMatchObject([
    [0, expect.anything(), expect.anything(), { extra: value }],
  ]);
  socket.close();
  await bystander.write({ kind: 'delete', id });
});

it('refuses a float that a field of integers cannot hold', async () => {
  const fields = { title: 'x', position: 1e300 };
  const answer = await bystander.write({ kind: 'create', id: { $r: ['project', 'large'] }, fields });
  expect(answer).toMatchObject({ type: 'refused', error: { code: 'SPOOKY_GATEWAY_BAD_WRITE' } });
});

it('shows a row that is nested as deeply as a write may be to everyone who may see it', async () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  for (const [depth, type] of [
    [31, 'written'],
    [32, 'refused'],
  ] as const) {
    const fields = { title: 'deep', project: { $r: ['project', 'p'] }, extra: nested(depth) };
    const id = { $r: ['task', `deep-${depth}`] };
    expect((await bystander.write({ kind: 'create', id, fields })).type).toBe(type);
  }
  const reader = await test.connect({ cookie });
  reader.send(subscribe(1, { table: 'task' }));
  expect((await reader.frame('snapshot')).rows).toHaveLength(1);
  reader.close();
});
