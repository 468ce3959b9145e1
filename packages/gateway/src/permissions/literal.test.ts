import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { readLiteral } from './literal.ts';
import { parseExpression } from './parse.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE person');
});
afterAll(() => database.close());

/** The value of a literal as INFO prints it in a permission. */
async function read(text: string): Promise<unknown> {
  await database.owner.query(`DEFINE TABLE OVERWRITE sample PERMISSIONS FOR select WHERE a = ${text}`);
  const { tables } = await readDatabaseSchema(database.owner);
  const permission = tables.get('sample')?.permissions.select;
  const expression = parseExpression(String(permission));
  if (expression.kind !== 'infix' || expression.right.kind !== 'literal') return expect.fail(`${permission}`);
  return readLiteral(expression.right.text);
}

describe('a literal of a permission', () => {
  it.each([
    ...['true', 'false', 'NONE', 'NULL', 'NaN', 'Infinity', '0', '-1', '9223372036854775807', '-9223372036854775808'],
    ...['9007199254740993', '1.5', '-2.5', '2.0', '1e3', '1e300', '1e-7', '-0.0', '0.1', '3dec', '-1.50dec'],
    ...[
      "''",
      "'a'",
      '"it\'s"',
      "'it\\'s'",
      "'\"'",
      "'it\\'s \"both\"'",
      "'\\\\'",
      "'\\n\\r\\t\\f\\b'",
      "'\\u{1F600}'",
      "'é😀'",
    ],
    ...["'`'", "'\ufeffa'", "'\\u{feff}\\u{feff}'", "'a\nb'", "s'a'", "'\\\\n'", '1h30m', '1y2w3d', '1ms1us1ns', '0ns'],
    ...["d'2024-01-01T00:00:00Z'", "d'2024-01-01T01:00:00.123456789+01:00'", "d'1969-12-31T23:59:59.5Z'"],
    ...["u'018F0000-0000-7000-8000-000000000000'", 'person:1', 'person:a', 'person:9a', 'person:⟨1⟩', 'person:⟨a b⟩'],
    ...["person:⟨it's `x`⟩", 'person:9223372036854775807', 'person:99999999999999999999'],
  ])('is read as the engine reads it: %s', async (text) => {
    const value = await read(text);
    expect(value).not.toBe(UNKNOWN);
    expect(await database.owner.query(`RETURN $value = ${text}`, { value })).toBe(true);
  });

  it.each(["b'00ff'"])('is unknown if it might be read wrongly: %s', async (text) => {
    expect(await read(text)).toBe(UNKNOWN);
  });
});
