import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { PARTIAL_FUNCTIONS, TOTAL_FUNCTIONS } from './builtins.ts';
import { callBuiltin } from './call.ts';

const TEXTS = [
  "''",
  "'a'",
  "'aB c'",
  "' a\\t\\n'",
  "'\u00a0a\u2003'",
  "'\u0085a'",
  "'é'",
  "'ß'",
  "'İ'",
  "'😀'",
  "'a\u0301'",
  "'bB'",
  "'b'",
];
const LISTS = ['[]', '[1]', '[1, 2, NONE]'];
const OTHERS = [
  ...[
    'NONE',
    'NULL',
    'true',
    '0',
    '1',
    '2.0',
    '2.5',
    '9007199254740993',
    '9007199254740993f',
    '1e300',
    'NaN',
    '3dec',
    '-0.0',
  ],
  ...[
    '1h',
    "d'2024-01-01T00:00:00Z'",
    "u'018f0000-0000-7000-8000-000000000000'",
    '<set>[1]',
    '{}',
    '{ a: 1 }',
    "b'00'",
  ],
  ...['person:1', '(0.0, 0.0)', '1..2'],
];
const ALL = [...TEXTS, ...LISTS, ...OTHERS];

let database: TestDatabase;
/** The values as a client reads them. */
let values: unknown[];
beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE sample SCHEMALESS');
  await database.owner.queryAll(ALL.map((text, at) => `CREATE sample:${at} SET v = ${text}`).join(';'));
  const rows = await database.owner.query<{ id: RecordId; v: unknown }[]>('SELECT id, v FROM sample');
  const byId = new Map(rows.map(({ id, v }) => [id.id, v]));
  values = ALL.map((_, at) => byId.get(at));
});
afterAll(() => database.close());

/** Compares all results that are known, and returns their share. */
async function expectSame(name: string, literals: readonly string[], second?: string): Promise<number> {
  let known = 0;
  for (const literal of literals) {
    const at = ALL.indexOf(literal);
    const others = second === undefined ? [] : [values[ALL.indexOf(second)]];
    const result = callBuiltin(name, [values[at], ...others]);
    if (result === UNKNOWN) continue;
    known += 1;
    const call = `${name}(v${second === undefined ? '' : `, ${second}`})`;
    const expected = await database.owner.query(`SELECT VALUE ${call} FROM ONLY sample:${at}`);
    expect(result, `${call} of ${literal}`).toBe(expected);
  }
  return known / literals.length;
}

describe('a function of permissions', () => {
  it.each([...TOTAL_FUNCTIONS.keys()])('returns what the engine returns, or nothing: %s', async (name) => {
    expect(await expectSame(name, ALL)).toBeGreaterThan(0.8);
  });

  it.each([...PARTIAL_FUNCTIONS])('returns what the engine returns, or nothing: %s', async (name, [kind, another]) => {
    const literals = kind === 'array' ? LISTS : TEXTS;
    const shares = [];
    for (const second of another === undefined ? [undefined] : TEXTS)
      shares.push(await expectSame(name, literals, second));
    expect(Math.min(...shares)).toBeGreaterThan(0.4);
  });
});
