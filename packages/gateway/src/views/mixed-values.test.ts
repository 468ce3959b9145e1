/* Live views of a field that holds values of every kind. They show what the database finds, in its order, after each write. */
import { Decimal } from 'surrealdb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { Condition } from '../plans/condition.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startLiveViews, WAIT } from '../testing/live-fixture.ts';
import { plan } from '../testing/simple-plans.ts';
import { decodeValue } from '../wire/value.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(`
    DEFINE TABLE thing SCHEMALESS PERMISSIONS FOR select FULL;
    DEFINE FIELD price ON thing TYPE any;
    DEFINE FIELD indexed ON thing TYPE any VALUE price;
    DEFINE INDEX thing_indexed ON thing FIELDS indexed;`);
});
afterAll(() => database.close());

const WRITES = [
  ...['5', '5.0', '5dec', '4', '5.5dec', '-0.0', '0', 'NaN', "'5'", 'NONE', 'NULL', 'true', '[5dec]', '{ a: 5dec }'],
  ...["'é'", "'e\u0301'", "'Z'", "'a'", "'😀'", "'\uffee'", 'thing:1', "'thing:1'", '1h', '60m'],
  ...["d'2024-01-01T00:00:00Z'", "d'2024-01-01T00:00:00.000000001Z'", "u'018f0000-0000-7000-8000-000000000000'"],
];

const compare = (
  operator: 'eq' | 'ne' | 'gt' | 'lte' | 'in' | 'contains',
  value: unknown,
  field = 'price',
): Condition => ({
  ...{ kind: 'compare', field, operator, value },
});

it('show what the database finds, whatever kinds are compared', async () => {
  const real = { readSchema: readDatabaseSchema, compilerOf: createCompiler };
  const { views, tab: open } = await startLiveViews(database, real);
  const tab = open();
  const conditions: readonly [string, Condition | undefined][] = [
    ['price = 5', compare('eq', 5)],
    ['price = 5dec', compare('eq', new Decimal('5'))],
    ['indexed = 5', compare('eq', 5, 'indexed')],
    ['price != 5', compare('ne', 5)],
    ['price IN [5, NONE]', compare('in', [5, undefined])],
    ['price CONTAINS 5', compare('contains', 5)],
    ['price = 0', compare('eq', 0)],
    ["price = 'é'", compare('eq', 'é')],
    ["price > 'a'", compare('gt', 'a')],
    ['price <= 5', compare('lte', 5)],
    ['price = NONE', compare('eq', undefined)],
    ['price = NULL', compare('eq', null)],
    ['price = [5]', compare('eq', [5])],
    ['true', undefined],
  ];
  const queries = conditions.flatMap(([text, where]) =>
    [false, true].map((descending) => ({
      text,
      descending,
      plan: plan('thing', {
        where,
        orderBy: [
          { field: 'price', descending },
          { field: 'id', descending: false },
        ],
      }),
    })),
  );
  queries.forEach((query, at) => {
    views.subscribe(tab, at, query.plan);
  });
  for (const [at, value] of WRITES.entries()) {
    // Changes an earlier row as well, so that rows also leave a list and move in it.
    await database.owner.queryAll(
      `CREATE thing:${at} SET price = ${value}; UPDATE thing:${Math.floor(at / 2)} SET price = ${value}`,
    );
    // Without the index, which returns lists that contain the value as well.
    const expected = await Promise.all(
      queries.map(({ text, descending }) =>
        database.owner.query<{ id: unknown }[]>(
          `SELECT id, price FROM (SELECT * FROM thing WITH NOINDEX WHERE ${text}) ORDER BY price ${descending ? 'DESC' : 'ASC'}, id ASC`,
        ),
      ),
    );
    await vi.waitFor(() => {
      queries.forEach(({ text }, index) => {
        const shown = tab.rowsOf(index)?.map(({ id }) => String(decodeValue(id)));
        expect(shown, `${text} after ${value}`).toEqual(expected[index]?.map(({ id }) => String(id)));
      });
    }, WAIT);
  }
});
