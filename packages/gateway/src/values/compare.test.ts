/*
 * All pairs of a list of values, as the engine compares them and as the gateway does. What the gateway decides must be
 * what the engine decides.
 */
import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { equalValues, isTruthy, orderOfValues } from './compare.ts';
import { containsAll, containsAny, containsValue } from './contains.ts';
import type { Truth } from './truth.ts';

const ID = "'018f0000-0000-7000-8000-000000000000'";
const NUMBERS = [
  ...[
    '0',
    '-0.0',
    '0dec',
    '1',
    '1.0',
    '1dec',
    '1.00dec',
    '-1',
    '2',
    '10',
    '0.1',
    '0.1dec',
    '0.5',
    '0.5dec',
    '0.1 + 0.2',
  ],
  ...['0.3', '0.3dec', '0.03125', '0.03125dec', '0.03125000000000000000000001dec', '-0.5', '-0.5dec', '2.5', '2.5dec'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '9007199254740992f', '-9007199254740992'],
  ...['-9007199254740993', '-9007199254740991', '9223372036854775807', '-9223372036854775808', '9223372036854775808f'],
  ...['9223372036854775807dec', '79228162514264337593543950335dec', '1e300', '-1e300', '1e-300', '1e-7'],
  ...[
    '0.0000000000000000000000000001dec',
    'NaN',
    '0f / 0f',
    'Infinity',
    '-Infinity',
    '123456789012345.5',
    '123456789012345.5dec',
  ],
];
const TEXTS = [
  "''",
  "'a'",
  "'A'",
  "'ab'",
  "'b'",
  "'é'",
  "'e\u0301'",
  "'z'",
  "'😀'",
  "'\uffee'",
  "'\ue000'",
  "'a😀'",
  "'a\uffee'",
  "'10'",
  "'9'",
  "'\ufeff'",
  "'\ufeffa'",
];
const OTHERS = [
  ...['NONE', 'NULL', 'true', 'false', '0ns', '1ns', '1h', '60m', '1y', '365d', '1w1ns'],
  ...[
    "d'2024-01-01T00:00:00Z'",
    "d'2024-01-01T00:00:00.000000001Z'",
    "d'2024-01-01T00:00:00.5Z'",
    "d'1969-12-31T23:59:59.5Z'",
  ],
  ...["d'2024-01-01T01:00:00+01:00'", "d'9999-12-31T23:59:59.999999999Z'", "d'0001-01-01T00:00:00Z'"],
  ...[`u${ID}`, ID, "u'018f0000-0000-7000-8000-00000000000a'", "u'f18f0000-0000-7000-8000-00000000000a'"],
  ...["b''", "b'00'", "b'0000'", "b'FF'", '(0.0, 0.0)', '(1.0, 1.0)', '1..2', "type::table('note')"],
];
const RECORDS = [
  ...[
    'note:1',
    'note:2',
    'note:10',
    'note:⟨1⟩',
    'note:a',
    'note:b',
    'note:⟨😀⟩',
    'note:⟨\uffee⟩',
    'other:a',
    'note:9007199254740993',
  ],
  ...[
    `note:u${ID}`,
    'note:[1]',
    'note:[1, 2]',
    "note:['a', 1]",
    'note:[2]',
    'note:{ a: 1 }',
    'note:{ a: 2 }',
    'note:{ a: 1, b: 1 }',
  ],
  ...[
    'note:-1',
    'note:[NONE]',
    'note:[NULL]',
    'note:[other:a]',
    'note:[[1]]',
    "note:[d'2024-01-01T00:00:00Z']",
    'note:[-1]',
  ],
];
const COMPOUND = [
  ...['{ `__proto__`: 1 }', '{ `__proto__`: { a: 1 } }', '{ `__proto__`: 1, a: 1 }'],
  ...[
    '[]',
    '[1]',
    '[1.0]',
    '[1dec]',
    '[1, 2]',
    '[2]',
    '[[1]]',
    '[NONE]',
    '[NULL]',
    "['a']",
    '[note:1]',
    '[{ a: 1 }]',
    '[NaN]',
  ],
  ...[
    '{}',
    '{ a: 1 }',
    '{ a: 1.0 }',
    '{ a: 2 }',
    '{ b: 0 }',
    '{ a: 1, b: 1 }',
    '{ b: 1, a: 1 }',
    '{ a: NONE }',
    '{ a: NULL }',
  ],
  ...[
    "{ '😀': 1 }",
    "{ '\uffee': 1 }",
    '{ a: { b: [1] } }',
    '{ a: [1] }',
    '{ B: 1, a: 2 }',
    '<set>[]',
    '<set>[1]',
    '<set>[2, 1.0]',
  ],
  ...["<set>['a']", '<set>[note:1]', '<set>[1dec, 2]'],
];
const LITERALS = [...NUMBERS, ...TEXTS, ...OTHERS, ...RECORDS, ...COMPOUND];
/** The share of the pairs that the gateway must decide. */
const DECIDED_MIN = 0.95;

let database: TestDatabase;
/** The values as a client reads them. */
let values: unknown[];

beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE sample SCHEMALESS; DEFINE TABLE note SCHEMALESS;');
  values = await store(LITERALS);
});
afterAll(() => database.close());

async function store(literals: readonly string[]): Promise<unknown[]> {
  await database.owner.queryAll(
    `DELETE sample; ${literals.map((text, at) => `CREATE sample:${at} SET v = ${text}`).join(';')}`,
  );
  const rows = await database.owner.query<{ id: RecordId; v: unknown }[]>('SELECT id, v FROM sample');
  const byId = new Map(rows.map(({ id, v }) => [id.id, v]));
  return literals.map((_, at) => byId.get(at));
}

/** What the engine answers for every pair, by the index of the left value and then of the right one. */
function answers(operator: string): Promise<boolean[][]> {
  return database.owner.query<boolean[][]>(
    `(SELECT id, (SELECT id, $parent.v ${operator} v AS a FROM sample ORDER BY id).map(|$row| $row.a) AS all FROM sample ORDER BY id).map(|$row| $row.all)`,
  );
}

const OPERATORS: Readonly<Record<string, (left: unknown, right: unknown) => Truth>> = {
  '=': equalValues,
  '<': (left, right) => {
    const order = orderOfValues(left, right);
    return order === undefined ? undefined : order < 0;
  },
  CONTAINS: containsValue,
  CONTAINSALL: containsAll,
  CONTAINSANY: containsAny,
};

/** Returns the share of the comparisons that the gateway decides. */
async function comparePairs(literals: readonly string[], own: readonly unknown[], note: string): Promise<number> {
  let decided = 0;
  for (const [operator, test] of Object.entries(OPERATORS)) {
    const wanted = await answers(operator);
    for (const [left, one] of own.entries()) {
      for (const [right, other] of own.entries()) {
        const truth = test(one, other);
        if (truth === undefined) continue;
        decided += 1;
        if (truth !== wanted[left]?.[right])
          expect.fail(`${literals[left]} ${operator} ${literals[right]} is ${truth} here only. ${note}`);
      }
    }
  }
  return decided / own.length ** 2 / Object.keys(OPERATORS).length;
}

describe('values', () => {
  it('are compared as the engine compares them', { timeout: 120_000 }, async () => {
    expect(await comparePairs(LITERALS, values, '')).toBeGreaterThan(DECIDED_MIN);
  });

  it('are true or false as in the engine', async () => {
    const truths = await database.owner.query<boolean[]>(
      '(SELECT id, !!v AS t FROM sample ORDER BY id).map(|$row| $row.t)',
    );
    for (const [at, value] of values.entries()) {
      const truth = isTruthy(value);
      if (truth !== undefined) expect(truth, LITERALS[at]).toBe(truths[at]);
    }
  });

  it('sort as in the engine, with their ids', async () => {
    await expectSameOrder(values, '');
  });

  it('sort as record ids in the order in which the engine reads a table', async () => {
    const keys = RECORDS.filter((text) => text.startsWith('note:'));
    await database.owner.queryAll(`DELETE note; ${keys.map((key) => `CREATE ${key}`).join(';')}`);
    const ids = await database.owner.query<RecordId[]>('SELECT VALUE id FROM note WITH NOINDEX ORDER BY id');
    expect(ids).toHaveLength(keys.length);
    expectSorted(
      ids.map((id) => [id, id]),
      'ASC',
      '',
    );
  });
});

async function expectSameOrder(own: readonly unknown[], note: string): Promise<void> {
  for (const direction of ['ASC', 'DESC'] as const) {
    const ids = await database.owner.query<RecordId[]>(
      `(SELECT id, v FROM (SELECT * FROM sample) ORDER BY v ${direction}, id).map(|$row| $row.id)`,
    );
    expect(ids).toHaveLength(own.length);
    const rows = ids.map((id) => [own[Number(id.id)], id] as const);
    expectSorted(rows, direction, note);
  }
}

/** Checks each row against all later ones; what is not decided is not checked. */
function expectSorted(
  rows: readonly (readonly [value: unknown, id: RecordId])[],
  direction: 'ASC' | 'DESC',
  note: string,
): void {
  for (const [at, [value, id]] of rows.entries()) {
    for (const [later, laterId] of rows.slice(at + 1)) {
      const order = orderOfValues(value, later);
      if (order === undefined) continue;
      const signed = direction === 'ASC' ? order : -order;
      expect(signed === 0 ? orderOfValues(id, laterId) : signed, `${id} before ${laterId} ${note}`).toBeLessThan(0);
    }
  }
}

const { runs, seed } = fuzzSettings(2);

describe(`random values (SEED=${seed} RUNS=${runs})`, () => {
  it('are compared as the engine compares them', { timeout: 60_000 + runs * 10_000 }, async () => {
    for (let run = 0; run < runs; run += 1) {
      const random = seededRandom(seed + run);
      const literals = Array.from({ length: 60 }, () => randomValue(random, 0));
      const own = await store(literals);
      await comparePairs(literals, own, `SEED=${seed + run} RUNS=1`);
      await expectSameOrder(own, `SEED=${seed + run} RUNS=1`);
    }
  });
});

function randomValue(random: Random, depth: number): string {
  if (depth < 3 && random.chance(0.4)) {
    const inner = (): string => randomValue(random, depth + 1);
    if (random.chance(0.15)) return `<set>[${random.list(2, inner).join(', ')}]`;
    if (random.chance(0.5)) return `[${random.list(3, inner).join(', ')}]`;
    return `{ ${random.list(2, () => `${random.pick(['a', 'b', "'😀'"])}: ${inner()}`).join(', ')} }`;
  }
  if (random.chance(0.3)) return randomNumber(random);
  return random.pick([...TEXTS, ...OTHERS, ...RECORDS]);
}

function randomNumber(random: Random): string {
  const digits = `${random.chance(0.5) ? '-' : ''}${random.below(10 ** (1 + random.below(9)))}`;
  const fraction = random.chance(0.5) ? `.${random.below(10 ** (1 + random.below(6)))}` : '';
  return random.chance(0.3)
    ? random.pick(NUMBERS)
    : `${digits}${fraction}${random.pick(['', 'f', 'dec'])}`.replace(/^(-?\d+)f$/, '$1.0f');
}
