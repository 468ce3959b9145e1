/*
 * Comparisons of values of every kind with values of every kind. What a plan finds must be what the database finds, and
 * the gateway's own check of a changed row must decide as the database does, or leave the decision to it.
 */
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { encodeValue } from '../wire/value.ts';
import { createCompiler } from './compile/compile-plan.ts';
import { matches } from './may-match.ts';
import type { Compile, CompiledPlan } from './plan.ts';
import { validatePlan } from './validate/validate-plan.ts';

/** Values that are equal, nearly equal, or look equal, by what is compared. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'numbers across kinds': ['5', '5.0', '5dec', '5.5', '5.5dec', '5.50dec', '-5', '0', '-0.0', '0dec', '0.1', '0.1dec'],
  'numbers at their limits': [
    ...['9007199254740992', '9007199254740993', '9007199254740992.0', '9007199254740993dec'],
    ...['9223372036854775807', '-9223372036854775808', '9223372036854775808.0', '9223372036854775807dec'],
    ...['1e308', '1e-320', '1e-7', '0.3', '0.1 + 0.2', 'NaN', 'math::inf', '-math::inf', '0.1dec + 0.2dec'],
  ],
  texts: [
    ...[
      "''",
      "'5'",
      "'a'",
      "'A'",
      "'b'",
      "'é'",
      "'e\u0301'",
      "'ﬁ'",
      "'fi'",
      "'ß'",
      "'ss'",
      "'İ'",
      "'ı'",
      "'😀'",
      "'\uffee'",
    ],
    ...[
      "'Z'",
      "'_'",
      "'a '",
      "'a\\n'",
      "'10'",
      "'9'",
      "'note:a'",
      "'true'",
      "'null'",
      "'1h'",
      "'2024-01-01T00:00:00Z'",
    ],
  ],
  'texts and records': [
    'note:a',
    'note:b',
    'note:1',
    'note:⟨1⟩',
    'other:a',
    'note:[1, 2]',
    'note:[1, 2dec]',
    'note:{ a: 1 }',
  ],
  times: [
    ...["d'2024-01-01T00:00:00Z'", "d'2024-01-01T00:00:00.000000001Z'", "d'2024-01-01T00:00:00.001Z'"],
    ...["d'2024-01-01T01:00:00+01:00'", "d'1969-12-31T23:59:59.999Z'", "d'9999-12-31T23:59:59.999999999Z'"],
  ],
  durations: ['1h', '60m', '3600s', '1ns', '0ns', '1w', '7d'],
  uuids: [
    "u'018f0000-0000-7000-8000-000000000000'",
    "u'018F0000-0000-7000-8000-000000000000'",
    "'018f0000-0000-7000-8000-000000000000'",
  ],
  'nothing and truth': ['NONE', 'NULL', 'true', 'false', '[]', '{}', '[NONE]', '[NULL]', '{ a: NONE }', '{ a: NULL }'],
  'lists and objects': [
    ...['[1, 2]', '[1, 2dec]', '[1.0, 2]', '[2, 1]', '[1]', '[[1]]', "['é']", "['e\u0301']", '[note:a]', '[5, 5dec]'],
    ...[
      '{ a: 1 }',
      '{ a: 1.0 }',
      '{ a: 1dec }',
      '{ a: 1, b: 2 }',
      '{ b: 2, a: 1 }',
      '{ a: [5dec] }',
      '{ a: { b: 5 } }',
    ],
  ],
};
const SYMBOLS = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=', in: 'IN', contains: 'CONTAINS' } as const;
const OPERATORS = Object.keys(SYMBOLS) as (keyof typeof SYMBOLS)[];
const LITERALS = Object.values(VALUES).flat();

let database: TestDatabase;
let compile: Compile;
let schema: Awaited<ReturnType<typeof readDatabaseSchema>>;
let rows: Record<string, unknown>[];
/** The values as a client reads them. */
let values: unknown[];

beforeAll(async () => {
  database = await startTestDatabase(
    'DEFINE TABLE sample SCHEMALESS PERMISSIONS FOR select FULL; DEFINE FIELD v ON sample TYPE any;',
  );
  const texts = LITERALS.map((literal, at) => `CREATE sample:${at} SET v = ${literal}`);
  await database.owner.queryAll([...texts, 'CREATE sample:absent'].join(';'));
  schema = await readDatabaseSchema(database.owner);
  compile = createCompiler(schema);
  rows = await database.owner.query('SELECT * FROM sample');
  const byId = new Map(rows.map((row) => [String(row.id), row.v]));
  values = LITERALS.map((_, at) => byId.get(`sample:${at}`));
});
afterAll(() => database.close());

/** Undefined if a plan cannot hold the value, such as a float that JavaScript cannot tell from a large integer. */
function planOf(operator: keyof typeof SYMBOLS, at: number): CompiledPlan | undefined {
  const value = operator === 'in' ? [values[at]] : values[at];
  // As a client sends it.
  const where = JSON.parse(JSON.stringify({ field: 'v', is: operator, value: encodeValue(value) }));
  try {
    return compile(validatePlan(schema, { table: 'sample', select: ['v'], where }), new RecordId('person', 1));
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'SPOOKY_GATEWAY_BAD_PLAN') return undefined;
    throw error;
  }
}

/** The rows that the database finds for the value in the row with this number. */
async function expectedOf(operator: keyof typeof SYMBOLS, at: number): Promise<string[]> {
  const operand = operator === 'in' ? '[$value]' : '$value';
  const text = `LET $value = (SELECT VALUE v FROM ONLY sample:${at});
    SELECT VALUE id FROM sample WHERE v ${SYMBOLS[operator]} ${operand}`;
  const [, found] = await database.owner.queryAll<[unknown, RecordId[]]>(text);
  return namesOf(found);
}

/** The rows as SurrealQL. */
function namesOf(ids: readonly unknown[]): string[] {
  return ids.map((id) => LITERALS[Number(String(id).slice('sample:'.length))] ?? 'an absent field').toSorted();
}

describe('a comparison in a plan', () => {
  it.each(Object.keys(VALUES))(
    "finds what the database finds, and so does the gateway's own check: %s",
    async (group) => {
      let compared = 0;
      for (const literal of VALUES[group] ?? []) {
        const at = LITERALS.indexOf(literal);
        for (const operator of OPERATORS) {
          const compiled = planOf(operator, at);
          if (compiled === undefined) continue;
          compared += 1;
          const { text, bindings } = compiled.statement('v');
          const found = await database.owner.query<{ id: RecordId }[]>(text, { ...bindings });
          const expected = await expectedOf(operator, at);
          const what = `v ${SYMBOLS[operator]} ${literal}`;
          expect(namesOf(found.map(({ id }) => id)), what).toEqual(expected);
          const [node] = compiled.nodes;
          for (const row of rows) {
            const truth = matches(node?.plan.where, row);
            const [name = ''] = namesOf([row.id]);
            if (truth !== undefined) expect(truth, `${what} for ${name}`).toBe(expected.includes(name));
          }
        }
      }
      expect(compared).toBeGreaterThan(20);
    },
  );
});
