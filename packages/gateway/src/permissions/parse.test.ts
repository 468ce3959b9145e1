import { toSurqlString } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { NotCompilable } from './expression.ts';
import { SPELLINGS } from './operators.ts';
import { parseExpression } from './parse.ts';
import { printExpression } from './print.ts';

const print = (text: string): string => printExpression(parseExpression(text), (name) => `$${name}`);

describe('parseExpression', () => {
  it.each([
    ['a OR b AND c', '(`a` OR (`b` AND `c`))'],
    ['(a OR b) AND c', '((`a` OR `b`) AND `c`)'],
    ['a = b OR c = d', '((`a` = `b`) OR (`c` = `d`))'],
    ['!a = b', '((!`a`) = `b`)'],
    ['!(a = b)', '(!(`a` = `b`))'],
    ['a ?? b = c', '((`a` ?? `b`) = `c`)'],
    ['a - -1 = 2', '((`a` - -1) = 2)'],
    ['$auth.id = author', '($auth.`id` = `author`)'],
    ['$this.a.`b c` != NONE', '($this.`a`.`b c` != NONE)'],
    ['`value` = 1', '(`value` = 1)'],
    ['a = "it\'s"', '(`a` = "it\'s")'],
    ["a = 'x\\n\\'y'", "(`a` = 'x\\n\\'y')"],
    ['a NOTINSIDE [1, 2dec, 1.5f, -1, 1h30m]', '(`a` NOTINSIDE [1, 2dec, 1.5f, -1, 1h30m])'],
    ["a = d'2020-01-01T00:00:00Z'", "(`a` = d'2020-01-01T00:00:00Z')"],
    ['a = (r:01a) OR a = (r:`x y`)', '((`a` = r:01a) OR (`a` = r:`x y`))'],
    ['a = { a: { b: 1 }, c: [] }', '(`a` = { `a`: { `b`: 1 }, `c`: [] })'],
    ['array::len(a) > 0', '(array::len(`a`) > 0)'],
    ['fn::same($this, x)', 'fn::same($this, `x`)'],
  ])('parses %s', (text, printed) => {
    expect(print(text)).toBe(printed);
  });

  it.each([
    'SELECT * FROM x',
    'count((SELECT id FROM x)) > 0',
    'IF a { 1 } ELSE { 2 }',
    'a[0] = 1',
    'a[WHERE b] = 1',
    'a.*.b CONTAINS 1',
    'a->b->c',
    'a.len() = 1',
    'a.{ b }',
    '(r:x).y',
    '<bool> a',
    'a @@ 1',
    'a = /x/',
    'a = 1..2',
    'a = math::PI',
    'a = |b| b',
    '{ RETURN a }',
    'a = b = c',
    'a < b < c',
    'a = r:[1]',
    'a OUTSIDE b',
    "a = 'open",
    'a b',
    '',
    `${'('.repeat(1_000)}a${')'.repeat(1_000)}`,
  ])('refuses what it does not support: %s', (text) => {
    expect(() => print(text)).toThrow(NotCompilable);
  });
});

const ATOMS = [
  ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'z', 'h.a', 'g.a', '$this.a', '0', '1', '2', '1.5f', '1dec', '-1', '-e'],
  ...["'x'", 'NONE', 'NULL', 'true', 'false', '[1]', '[]', '[1.0f, NONE]', 'r:1', "r'r:1'", '{ a: 1 }', '{  }', '1s'],
  ...["d'2020-01-01T00:00:00Z'", "u'018e1b5e-1111-7111-8111-111111111111'", '!f', '!z', '!a', 'type::is_none(z)'],
];
const ROWS = `CREATE r:1 SET a = 1, b = 'x', c = NULL, d = [1, 'x', r:1], e = 1.5f, f = true, g = r:1, h = { a: 1 };
  CREATE r:2 SET a = 'x', b = [], c = 2dec, d = r:1, e = -0.0f, f = 0, g = r:9, h = {};
  CREATE r:3 SET a = NULL, b = 1s, c = '', e = [[]], f = NONE, h = { a: { b: 1 } };`;

describe('operator precedence', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase(`DEFINE TABLE r SCHEMALESS; ${ROWS}`);
  });
  afterAll(() => database.close());

  const { runs, seed } = fuzzSettings(400);

  it(`equals the engine's: the printed form has the same value (SEED=${seed} RUNS=${runs})`, async () => {
    const random = seededRandom(seed);
    let compared = 0;
    for (let run = 0; run < runs; run += 1) {
      const text = randomExpression(random);
      const printed = printedOrRefused(text);
      if (printed === undefined) continue;
      compared += 1;
      expect(await resultOf(printed), `SEED=${seed}: ${text} is printed as ${printed}`).toBe(await resultOf(text));
    }
    expect(compared).toBeGreaterThan(runs / 4);
  });

  it('never fails for the operators that are compiled', async () => {
    const random = seededRandom(seed);
    const total = [...SPELLINGS.keys()].filter((name) => !/^(?:[-+*/%×÷]|\*\*)$/.test(name));
    const values = ATOMS.filter((atom) => !atom.startsWith('-'));
    const tests = Array.from(
      { length: runs },
      () => `${random.pick(values)} ${random.pick(total)} ${random.pick(values)}`,
    );
    await database.owner.query(`SELECT VALUE [${tests.map((test) => `(${test})`).join(', ')}] FROM r`);
  });

  async function resultOf(text: string): Promise<string> {
    try {
      return toSurqlString(await database.owner.query(`SELECT VALUE { v: (${text}) } FROM r`));
    } catch (error) {
      if (String(error).includes('Parse error')) throw new Error(`The engine does not read ${text}`, { cause: error });
      return 'an error';
    }
  }
});

function randomExpression(random: Random): string {
  const spellings = [...SPELLINGS.keys()];
  const more = random.list(3, () => `${random.pick(spellings)} ${random.pick(ATOMS)}`);
  return [random.pick(ATOMS), `${random.pick(spellings)} ${random.pick(ATOMS)}`, ...more].join(' ');
}

function printedOrRefused(text: string): string | undefined {
  try {
    return print(text);
  } catch (error) {
    if (error instanceof NotCompilable) return undefined;
    throw error;
  }
}
