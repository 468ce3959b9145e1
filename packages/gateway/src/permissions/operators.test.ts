/*
 * Every operator that permissions may use, with operands of every kind, in the engine and in the gateway.
 */
import { RecordId, toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { compilePermission } from './compile-permission.ts';
import type { RecordFields } from './evaluate.ts';
import { INFIX } from './operators.ts';

const VALUES = [
  ...['NONE', 'NULL', 'true', 'false', '0', '1', '1.0', '2dec', '2.5', "''", "'a'", "'ab'", '0ns', '1h', 'person:1'],
  ...["d'2024-01-01T00:00:00Z'", "u'018f0000-0000-7000-8000-000000000000'", "b''", "'018f'", '(0.0, 0.0)', '1..3'],
  ...[
    '[]',
    '[1]',
    '[1, 2]',
    '[1, 1.0]',
    "['a']",
    "['a', 'b']",
    "['a', 1]",
    '[[]]',
    '[person:1]',
    '[NONE]',
    '<set>[1, 2]',
    '<set>[]',
  ],
  ...['{}', '{ a: 1 }', '{ a: 1, b: 2 }', '[{ a: 1 }]', "<set>['a']"],
];
/** What a value-returning operator is compared with, to tell which operand it returned. */
const isTest = (operator: string): boolean => INFIX.get(operator)?.isTest === true;
const READER = new RecordId('person', 1);

let database: TestDatabase;
let schema: DatabaseSchema;
let rows: RecordFields[];
beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE person; DEFINE TABLE sample SCHEMALESS');
  const pairs = VALUES.flatMap((v) => VALUES.map((w) => `{ v: ${v}, w: ${w} }`));
  await database.owner.queryAll(`INSERT INTO sample [${pairs.join(', ')}] RETURN NONE`);
  schema = await readDatabaseSchema(database.owner);
  rows = await database.owner.query<RecordFields[]>('SELECT * FROM sample');
});
afterAll(() => database.close());

/** Returns the share of the rows that are decided. */
async function expectSame(permission: string, table = schema.tables.get('sample') as TableSchema): Promise<number> {
  const compiled = compilePermission(permission, { schema, table, readerTable: 'person' });
  if (compiled.kind !== 'where') return expect.fail(`${permission} is ${compiled.kind}`);
  const ids = await database.owner.query<RecordId[]>(`SELECT VALUE id FROM sample WHERE ${compiled.print('$who')}`);
  const found = new Set(ids.map(String));
  let decided = 0;
  for (const row of rows) {
    const truth = compiled.test(row, READER, () => UNKNOWN);
    if (truth === undefined) continue;
    decided += 1;
    if (truth !== found.has(String(row.id))) expect.fail(`${permission} is ${truth} here only: ${toSurqlString(row)}`);
  }
  return decided / rows.length;
}

describe('an operator', () => {
  it.each([...INFIX].filter(([, { isTotal }]) => isTotal).map(([operator]) => operator))(
    'decides what the engine decides: %s',
    async (operator) => {
      const permissions = isTest(operator)
        ? [`v ${operator} w`, `!(v ${operator} w)`, `[v, 1] ${operator} [w, 1]`]
        : [`v ${operator} w`, `(v ${operator} w) = v`, `(v ${operator} w) = w`];
      for (const permission of permissions) expect(await expectSame(permission)).toBeGreaterThan(0.9);
    },
  );

  it.each(['v', '!v', '{ a: v } = w', '[v] CONTAINS w'])('decides what the engine decides: %s', async (permission) => {
    expect(await expectSame(permission)).toBeGreaterThan(0.9);
  });

  it('reads a member of a value that is older than the kind of its field', async () => {
    const sample = schema.tables.get('sample') as TableSchema;
    const v = { name: 'v', kind: 'object', select: true, isReadonly: false, isComputed: false };
    const table = { ...sample, fields: new Map([['v', v]]) };
    // The engine reads the members of all items of a list, which the gateway leaves to it.
    for (const permission of ['v.a = w', '!v.a']) expect(await expectSame(permission, table)).toBeGreaterThan(0.3);
  });
});
