import { expect, test } from 'vitest';
import { parseSource } from './source.ts';

const read = (...lines: string[]) => parseSource('f.yaml', lines.join('\n'));
const dataOf = (...lines: string[]): unknown => {
  const { value, issues } = read(...lines);
  expect(issues).toEqual([]);
  return JSON.parse(JSON.stringify(value));
};
const faultsOf = (...lines: string[]): string[] =>
  read(...lines).issues.map(({ line, column, message }) => `${line}:${column} ${message}`);

test.each<[what: string, lines: string[], value: unknown]>([
  ['an alias', ['a: &a { x: 1, y: 2 }', 'b: { <<: *a, y: 3 }'], { a: { x: 1, y: 2 }, b: { y: 3, x: 1 } }],
  ['an alias before the own keys and after', ['a: &a { x: 1 }', 'b: { x: 2, <<: *a }'], { a: { x: 1 }, b: { x: 2 } }],
  ['a mapping', ['a: { <<: { x: 1 } }'], { a: { x: 1 } }],
  [
    'merges of merges',
    ['- &a { x: 1 }', '- &b { <<: *a, y: 2 }', '- <<: *b'],
    [{ x: 1 }, { x: 1, y: 2 }, { x: 1, y: 2 }],
  ],
  [
    'a list, the first first',
    ['- &a { x: 1 }', '- &b { x: 2, y: 2 }', '- <<: [*a, *b]'],
    [{ x: 1 }, { x: 2, y: 2 }, { x: 1, y: 2 }],
  ],
  [
    'an alias of a list',
    ['- &a { x: 1 }', '- &l [*a, { y: 2 }]', '- <<: *l'],
    [{ x: 1 }, [{ x: 1 }, { y: 2 }], { x: 1, y: 2 }],
  ],
  [
    'whole values, not their parts',
    ['a: &a { x: { y: 1, z: 1 } }', 'b: { <<: *a, x: { y: 2 } }'],
    { a: { x: { y: 1, z: 1 } }, b: { x: { y: 2 } } },
  ],
  ['at the top', ['base: &a { x: 1 }', '<<: *a'], { base: { x: 1 }, x: 1 }],
  ['under %YAML 1.1', ['%YAML 1.1', '---', 'a: &a { x: 1 }', 'b: { <<: *a }'], { a: { x: 1 }, b: { x: 1 } }],
  ['no quoted key', ['a: { "<<": 1 }'], { a: { '<<': 1 } }],
])('merges %s', (_, lines, value) => {
  expect(dataOf(...lines)).toEqual(value);
});

test.each<[what: string, lines: string[], fault: string]>([
  ['text', ['a: { <<: b }'], '1:6 << merges mappings only'],
  ['nothing', ['a:', '  <<:', '  x: 1'], '2:3 << merges mappings only'],
  ['an alias of text', ['a: &a b', 'c: { <<: *a }'], '2:6 << merges mappings only'],
  ['a list in a list', ['a: &a { x: 1 }', 'c: { <<: [[*a]] }'], '2:6 << merges mappings only'],
  ['itself', ['a: &a { <<: *a }'], '1:13 this alias (*name) refers to nothing, or to itself'],
  ['itself through another', ['a: &a { b: &b { <<: *a } }'], '1:21 this alias (*name) refers to nothing, or to itself'],
  ['a later anchor', ['a: { <<: *b }', 'b: &b { x: 1 }'], '1:10 this alias (*name) refers to nothing, or to itself'],
  ['two merges', ['a: &a { x: 1 }', 'b: { <<: *a, <<: *a }'], '2:14 this key exists twice; remove one'],
])('refuses to merge %s', (_, lines, fault) => {
  expect(faultsOf(...lines)[0]).toContain(fault);
});

test('gives a merged value the place where it is written', () => {
  const source = read('base: &b', '  x: 1', 'other:', '  <<: *b', '  y: 2');
  expect(source.positionOf(['other', 'x'])).toEqual({ line: 2, column: 3 });
  expect(source.positionOf(['other', 'y'])).toEqual({ line: 5, column: 3 });
});

test('uses the last anchor before an alias', () => {
  expect(dataOf('- &a 1', '- *a', '- &a 2', '- *a')).toEqual([1, 1, 2, 2]);
});

test.each<[what: string, line: (name: string, before: string) => string]>([
  ['aliases', (name, before) => `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`],
  ['merges', (name, before) => `${name}: &${name} { <<: [${Array(10).fill(`*${before}`).join(', ')}] }`],
])('stops a bomb of %s', (_, line) => {
  const lines = ['a: &a { x: 1 }', ...[...'bcdefghij'].map((name, index) => line(name, 'abcdefghi'[index] ?? ''))];
  expect(faultsOf(...lines)).toEqual([expect.stringContaining('the file is too large or too deep; shorten it')]);
});

test.each<[what: string, yaml: string, value: unknown]>([
  ['yes, no, on and off as text', '[yes, no, on, off, y, n]', ['yes', 'no', 'on', 'off', 'y', 'n']],
  ['true and false as booleans', '[true, False, TRUE]', [true, false, true]],
  ['a time and a date as text', '[12:30, 2026-11-28, 1:30:00]', ['12:30', '2026-11-28', '1:30:00']],
  ['1_000 as text', '1_000', '1_000'],
  ['0o14 and 0x1F as numbers', '[0o14, 0x1F]', [12, 31]],
  ['a quoted number as text', '["012", \'1.0\']', ['012', '1.0']],
  [
    'keys like numbers as they are written',
    '{ 1.0: a, 0x1F: b, 012: c, 1e3: d, true: e, null: f }',
    { '1.0': 'a', '0x1F': 'b', '012': 'c', '1e3': 'd', true: 'e', null: 'f' },
  ],
  ['an empty value as null', 'a:\nb: ~', { a: null, b: null }],
  ['# inside a word and in quotes', 'a: b#c\nd: "e # f"\ng: h # i', { a: 'b#c', d: 'e # f', g: 'h' }],
  ['a long text with # in a block', 'a: |\n  one # two\n  # three\n', { a: 'one # two\n# three\n' }],
  ['Windows line ends', 'a: 1\r\nb:\r\n  c: |\r\n    d\r\n    e\r\n', { a: 1, b: { c: 'd\ne\n' } }],
  ['JSON with tabs', '{\n\t"a": [\n\t\t1,\n\t\t"\\/\\u00e9"\n\t]\n}\n', { a: [1, '/é'] }],
  ['a document with marks', '---\na: 1\n...\n', { a: 1 }],
  ['a document without a value', '# only a comment\n', null],
])('reads %s', (_, yaml, value) => {
  expect(dataOf(yaml)).toEqual(value);
});

test.each<[what: string, lines: string[], fault: string]>([
  ['a leading zero', ['a: 012'], '1:4 a number with a leading zero is decimal in YAML 1.2 and octal in YAML 1.1'],
  ['a second document', ['a: 1', '---', 'b: 2'], '2:1 there is a second document after ---'],
  ['!!binary', ['a: !!binary aGk='], '1:4 this !tag is not known; remove it'],
  ['!include', ['a: !include other.yaml'], '1:4 this !tag is not known; remove it'],
  [
    '!!timestamp in YAML 1.1',
    ['%YAML 1.1', '---', 'a: !!timestamp 2026-11-28'],
    '3:4 this !tag is not known; remove it',
  ],
  ['a tab as indentation', ['a:', '\tb: 1'], '2:1 a tab is used as indentation; use spaces'],
  ['a key twice', ['a: 1', 'b: 2', 'a: 3'], '3:1 this key exists twice; remove one'],
  ['a key twice in JSON', ['{ "a": 1,', '  "a": 2 }'], '2:3 this key exists twice; remove one'],
  ['a colon without a key', ['a:', '  : b'], '2:3 there is no key before the colon; write one'],
  ['a mapping as a key', ['? { a: 1 }', ': b'], '1:3 a key must be plain text'],
])('refuses %s', (_, lines, fault) => {
  expect(faultsOf(...lines)[0]).toContain(fault);
});
