import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { TEST_SCHEMA } from '../../testing/schema.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { ClientFrame } from '../../wire/frames.ts';

/** An id that the person who signs up chooses. */
const TENANT_ACCESS = `DEFINE ACCESS tenant ON DATABASE TYPE RECORD
  SIGNUP (CREATE ONLY type::record('person', [$org]) SET name = <string> rand::uuid())`;

let database: TestDatabase;
let test: TestGateway;
let attacker: TestSocket;
let bystander: TestSocket;
beforeAll(async () => {
  database = await startTestDatabase(TEST_SCHEMA + TENANT_ACCESS);
  test = await startTestGateway({ database });
  attacker = await test.connect(await test.signUp('ada'));
  bystander = await test.connect(await test.signUp('ben'));
  bystander.send(subscribe('project'));
  await bystander.frame('snapshot');
});
afterAll(async () => {
  await test.close();
  await database.close();
});

const subscribe = (table: string) => ({ type: 'subscribe', id: 1, plan: { table } }) as ClientFrame;

/** A row with such an id makes its table unreadable, or is read back with another id. */
const UNREADABLE: readonly [string, unknown][] = [
  ['an empty name', { '': 1 }],
  ['an empty name among others', { a: 1, '': 2 }],
  ['an empty name in a list', [{ '': 1 }]],
  ['an empty name in an object', { a: { '': 1 } }],
  ['an empty name in a record', [{ $r: ['project', { '': 1 }] }]],
  ['a small decimal', [{ $d: '0.0000000000000000000000000001' }]],
  ['a small decimal in an object', { a: { $d: '-0.0000000001' } }],
  ['a small float', [1e-300]],
  ['minus zero', [{ $f: '-0' }]],
];

/** Different ids with the same text. */
const AMBIGUOUS: readonly [string, unknown][] = [
  ['a set', [{ $set: [1] }]],
  ['bytes', [{ $b: 'AAAA' }]],
  ['a point', [{ $g: { type: 'Point', coordinates: [1, 2] } }]],
  ['a table', [{ $table: 'x' }]],
  ['a file', [{ $file: ['b', '/k'] }]],
  ['a range', [{ $range: [null, null] }]],
  ['a range of records', [{ $rr: ['project', null, null] }]],
  ['a float', [1.5]],
  ['not a number', [{ $f: 'NaN' }]],
];

describe.each([...UNREADABLE, ...AMBIGUOUS])('a key with %s', (_, key) => {
  it('is refused as the id of a row, and in a value', async () => {
    const id = { $r: ['project', key] };
    const bad = { type: 'refused', error: { code: 'SPOOKY_GATEWAY_BAD_WRITE' } };
    expect(await attacker.write({ kind: 'create', id, fields: { title: 'x' } })).toMatchObject(bad);
    const fields = { path: '/print', payload: { id: '1' }, assigned_to: id };
    expect(await attacker.write({ kind: 'create', id: { $r: ['work', 'x'] }, fields })).toMatchObject(bad);
    const run = { kind: 'run', backend: 'worker', path: '/print', payload: { id: '1' } };
    expect(await attacker.write({ ...run, id: { $r: ['work', key] } })).toMatchObject(bad);
  });
});

it.each(UNREADABLE.filter(([name]) => name !== 'minus zero'))(
  'refuses a sign-up that would create a user with an unreadable id: %s',
  async (_, key) => {
    const response = await test.post('sign-up', { access: 'tenant', variables: { org: key } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('record id') });
    expect(await test.owner.query('SELECT VALUE name FROM person ORDER BY name')).toEqual(['ada', 'ben']);
  },
);

describe('a row with an unusual key', () => {
  it.each<[string, unknown]>([
    ['a zero character', 'a\u0000b'],
    ['only a zero character', '\u0000'],
    ['a zero character in a list', ['a\u0000', '\u0000']],
    ['a zero character as a member name', { '\u0000': 1, a: 1 }],
    ['every quote', '`⟩\'"\\'],
    ['a backslash at the end', 'a\\'],
    ['control characters', 'a\n\r\t\u0007\u202e'],
    ['the smallest integer', { $i: '-9223372036854775808' }],
    ['a text that looks like a number', '-5'],
    ['a text that looks like a range', '1..2'],
    ['a text that looks like a function call', 'ulid()'],
    ['a text that looks like a mock', '|x:1|'],
    ['a uuid', { $uuid: '01943b5e-5f0e-7c3a-8d2a-000000000001' }],
    ['an empty list', []],
    ['an empty object', {}],
    ['an empty text in a list', ['']],
    ['member names out of order', { b: 1, a: 2 }],
    ['the name of a prototype', { constructor: 1 }],
    ['NONE, NULL and true', [{ $none: 1 }, null, true]],
    ['a time before 1970', [{ $t: '1960-01-01T00:00:00.5Z' }]],
    ['a record', [{ $r: ['project', 'x\\⟩"'] }]],
    ['ten levels', [[[[[[[[[[1]]]]]]]]]]],
  ])('is created, changed and deleted in all views: %s', async (name, key) => {
    const from = bystander.frames.length;
    const delta = (text: string) =>
      bystander.frame(
        'delta',
        (frame) => bystander.frames.indexOf(frame) >= from && JSON.stringify(frame).includes(text),
      );
    const id = { $r: ['project', key] };
    const fields = { title: `${name}, new`, is_public: true };
    expect(await attacker.write({ kind: 'create', id, fields })).toMatchObject({ type: 'written' });
    await delta(`"${name}, new"`);
    expect(await attacker.write({ kind: 'update', id, fields: { title: `${name}, old` } })).toMatchObject({
      type: 'written',
    });
    await delta(`"${name}, old"`);
    expect(await attacker.write({ kind: 'delete', id })).toMatchObject({ type: 'written' });
    await delta('"rows":[]');
    expect(await test.owner.query('SELECT * FROM project')).toEqual([]);
  });
});
