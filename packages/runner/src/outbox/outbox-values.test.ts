/**
 * Which ids and payloads a client's job may have, for all kinds of values, and how the runner reads the accepted ones.
 */
import * as fc from 'fast-check';
import { RecordId, type Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { createTargets, type Target } from '../delivery/target.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { INSERTS } from '../testing/inserts.ts';
import { signUp } from '../testing/sign-up.ts';
import { createPayloads } from './payloads.ts';

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let connection: Connection;
let ada: Surreal;

beforeAll(async () => {
  database = await startDatabase();
  connection = createConnection(database.options, silentLogger, Math.random);
  await connection.open();
  ada = await signUp(database, 'ada');
});
afterAll(async () => {
  await ada.close();
  await connection.close();
  await database.close();
});

/** Returns the ids of all jobs as text, and deletes the jobs. */
async function madeJobs(): Promise<string[]> {
  return await database.query('LET $ids = (SELECT VALUE <string> id FROM job); DELETE job RETURN NONE; RETURN $ids');
}

/** Where the runner would send the job, and which body. */
async function targetOf(id: RecordId): Promise<Target> {
  const loaded = await createPayloads(connection).load(id);
  if (!loaded.ok) throw new Error(loaded.reason);
  const routes = { '/spookify': { path: '/spookify', request: {} } };
  return createTargets({ name: 'api', baseUrl: 'http://127.0.0.1', routes })({
    path: '/spookify',
    payload: loaded.payload,
  });
}

describe.each(Object.entries(INSERTS))('%s', (_, insert) => {
  test.each([
    ['a list', 'job:[1]'],
    ['an empty list', 'job:[]'],
    ['a list with a time', `job:['a', d'2020-01-01T00:00:00.123456789Z']`],
    ['an object', 'job:{ a: 1 }'],
    ['an object with a time', `job:{ at: d'2020-01-01T00:00:00.123456789Z' }`],
    ['a range', 'job:1..5'],
    ['an open range', 'job:..'],
    ['a long text', `type::record('job', string::repeat('x', 300))`],
  ])('creates no job whose id is %s', async (_kind, id) => {
    await ada.query(insert(id, {})).catch(() => {});
    expect(await madeJobs()).toEqual([]);
  });

  test.each([
    ['a text', 'job:a', 'job:a'],
    ['a text with any characters', 'job:`a b[{`', 'job:`a b[{`'],
    ['a text that reads as a time', 'job:`2020-01-01T00:00:00Z`', 'job:`2020-01-01T00:00:00Z`'],
    ['an integer', 'job:-5', 'job:-5'],
    ['a uuid', `job:u'01a22059-6882-7b62-95a9-1494e84dd325'`, `job:u'01a22059-6882-7b62-95a9-1494e84dd325'`],
  ])('creates a job whose id is %s', async (_kind, id, text) => {
    await ada.query(insert(id, {}));
    expect(await madeJobs()).toEqual([text]);
  });
});

/** Values that have no JSON form, or that the runner's client loses. */
const UNDELIVERABLE: Readonly<Record<string, string>> = {
  'a regular expression': '/x.*/',
  'a regular expression with a quote': `<regex> "'"`,
  'a regular expression with a slash': `<regex> '/'`,
  bytes: `<bytes> 'abc'`,
  'empty bytes': `<bytes> ''`,
  'a set': '<set> [1, 2]',
  'a set of texts': `<set> ['x']`,
  'a set of objects': '<set> [{ a: 1 }]',
  'an empty set': '<set> []',
  NaN: 'NaN',
  infinity: 'math::inf',
  'negative infinity': 'math::neg_inf',
  'a point that is nowhere': `<geometry<point>> { type: 'Point', coordinates: [1, NaN] }`,
  'a member __proto__': `{ "__proto__": { id: 'x' } }`,
  // The engine itself stores neither of these.
  'a closure': '|$x| $x',
  'a file': `type::file('bucket', '/key')`,
};

describe.each(Object.entries(UNDELIVERABLE))('a payload with %s', (_, value) => {
  const places: Readonly<Record<string, string>> = {
    'as a member': `{ id: ${value} }`,
    'first in a list': `{ id: [${value}, 1] }`,
    'last in a list': `{ id: [1, ${value}] }`,
    'deep, among quotes': `{ "it's": 'say "hi"', deep: [{ id: ${value} }], \`a\\\`b\`: "it's" }`,
  };
  test.each(Object.entries(places))('creates no job %s', async (__, payload) => {
    for (const insert of Object.values(INSERTS)) await ada.query(insert('job:forged', { payload })).catch(() => {});
    expect(await madeJobs()).toEqual([]);
  });
});

/** The value in SurrealQL, and as the backend reads it. */
const DELIVERED: Readonly<Record<string, readonly [value: string, json: unknown]>> = {
  'a text': [`'x'`, 'x'],
  'texts that look like what is refused': [
    `['/x/', 'b"x"', '{1, 2}', '{,}', ' NaN ', '[NaN]', ' __proto__: ', "it's /x/", 'say "/x/"', '\\\\', "\\\\'/x/"]`,
    ['/x/', 'b"x"', '{1, 2}', '{,}', ' NaN ', '[NaN]', ' __proto__: ', "it's /x/", 'say "/x/"', '\\', "\\'/x/"],
  ],
  'names that look like what is refused': [
    `{ "NaN": 1, "Infinity": 2, "/x/": 3, "{1}": 4, "it's": 5, 'say "/"': 6, "": 7, x__proto__: 8, b: 9 }`,
    { NaN: 1, Infinity: 2, '/x/': 3, '{1}': 4, "it's": 5, 'say "/"': 6, '': 7, x__proto__: 8, b: 9 },
  ],
  'an integer': ['1', 1],
  'the largest integer of JavaScript': ['9007199254740991', 9007199254740991],
  'a float': ['-1.5', -1.5],
  'a large float': ['1e300', 1e300],
  'a small float': ['1e-300', 1e-300],
  'a decimal': ['1.5dec', '1.5'],
  'true and false': ['[true, false]', [true, false]],
  NULL: ['NULL', null],
  'an empty list and object': ['[[], {}]', [[], {}]],
  'lists and objects': ['[[{ a: [1] }]]', [[{ a: [1] }]]],
  'a datetime': [`d'2020-01-01T00:00:00.123456789Z'`, '2020-01-01T00:00:00.123456789Z'],
  'a duration': ['1h30m', '1h30m'],
  'a uuid': [`u'01a22059-6882-7b62-95a9-1494e84dd325'`, '01a22059-6882-7b62-95a9-1494e84dd325'],
  'a record id': ['thread:a', 'thread:a'],
  'a record id of a list': ['thread:[1, {}]', 'thread:[1, {  }]'],
  'a record id with quotes': [`type::record('thread', 'a\\'b')`, `thread:⟨a'b⟩`],
  'a range of record ids': ['thread:1..5', 'thread:1..5'],
  'a table': [`type::table('thread')`, 'thread'],
  'a range': ['1..5', '1..5'],
  'a geometry': ['(1.5, 2)', { type: 'Point', coordinates: [1.5, 2] }],
};

describe.each(Object.entries(DELIVERED))('a payload with %s', (_, [value, json]) => {
  test.each(Object.entries(INSERTS))('is accepted by %s and delivered', async (__, insert) => {
    await ada.query(`${insert('job:wanted', { payload: `{ value: ${value} }` })} RETURN NONE`);
    const target = await targetOf(new RecordId('job', 'wanted'));
    await database.query('DELETE job');
    expect(target).toMatchObject({ kind: 'allowed' });
    expect(JSON.parse(target.kind === 'allowed' ? target.body : '')).toEqual({ value: json });
  });
});

/** Values that the guard accepts and the runner cannot deliver. */
const REFUSED_LATER: Readonly<Record<string, string>> = {
  'an integer that JavaScript cannot hold': '9007199254740993',
  'NONE in a list': '[NONE]',
  'a record id of a float': 'thread:[1.5f]',
};

test.each(Object.entries(REFUSED_LATER))('accepts %s, and fails the job with its place', async (_, value) => {
  await ada.query(`CREATE job:large SET path = '/spookify', payload = { value: ${value} } RETURN NONE`);
  const target = await targetOf(new RecordId('job', 'large'));
  await database.query('DELETE job');
  expect(target).toMatchObject({ code: 'payload_refused', reason: expect.stringContaining(' /value') });
});

test.each([
  ['lists', [...Array.from({ length: 998 }, () => [])]],
  ['brackets in a text', '[{'.repeat(499)],
  ['dots in a text', '..'.repeat(999)],
])('accepts 1,000 %s and not one more, as the gateway does', async (_, value) => {
  for (const [payload, made] of [
    [{ value }, ['job:many']],
    [{ value, more: { a: {} } }, []],
  ] as const) {
    await ada.query(`CREATE job:many SET path = '/spookify', payload = $payload`, { payload }).catch(() => {});
    expect(await madeJobs()).toEqual(made);
  }
});

test.each([
  ['numbers', Array.from({ length: 32_700 }, () => 1)],
  ['floats', Array.from({ length: 16_300 }, () => 0.5)],
  ['quotes', `'"`.repeat(20_000)],
])('accepts a payload of 64 KiB of %s, as the gateway does', async (_, value) => {
  const { length } = JSON.stringify({ value });
  expect(length).toBeGreaterThan(60_000);
  expect(length).toBeLessThanOrEqual(65_536);
  await ada.query(`CREATE job:long SET path = '/spookify', payload = $payload RETURN NONE`, { payload: { value } });
  expect(await madeJobs()).toEqual(['job:long']);
});

/** Texts of the characters by which the guard tells values apart. */
const trickyText = fc.string({
  unit: fc.constantFrom(...`'"\`\\/{}[]()<>:,. 1bdNa\n⟨⟩é`, 'NaN', ' NaN ', '{1', 'b"', '__proto__', '..'),
  maxLength: 12,
});
const trickyName = trickyText.filter((name) => name !== '__proto__');
const { json: trickyJson } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    trickyText,
    fc.integer(),
    fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((number) => number || 0),
    fc.constantFrom(true, false, null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(trickyName, tie('json'), { maxKeys: 4 }),
  ),
}));

test('accepts any JSON and delivers it unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(trickyJson, async (value) => {
      await ada.query(`CREATE job:any SET path = '/spookify', payload = $payload RETURN NONE`, { payload: { value } });
      const target = await targetOf(new RecordId('job', 'any'));
      await database.query('DELETE job');
      expect(target).toMatchObject({ kind: 'allowed' });
      expect(JSON.parse(target.kind === 'allowed' ? target.body : '')).toEqual({ value });
    }),
    { numRuns: 200 },
  );
});

test('refuses an undeliverable value, whatever JSON surrounds it', async () => {
  const strange = fc.constantFrom(...Object.values(UNDELIVERABLE));
  await fc.assert(
    fc.asyncProperty(trickyJson, trickyName, strange, trickyJson, async (before, name, value, after) => {
      const payload = `{ a: $before, b: object::from_entries([[$name, ${value}]]), c: $after }`;
      const text = `CREATE job:any SET path = '/spookify', payload = ${payload} RETURN NONE`;
      await ada.query(text, { before, name, after }).catch(() => {});
      expect(await madeJobs()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
