import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY, isRecords, mayBeNone, parseKind, recordTables } from './kind.ts';

const word = (name: string, ...args: object[]) => ({ type: 'word', word: name, args });
const union = (...options: object[]) => ({ type: 'union', options });
const value = (literal: string | number | boolean) => ({ type: 'literal', value: literal });

describe('parseKind', () => {
  test.each([
    ['string', word('string')],
    ['none | string', union(word('none'), word('string'))],
    ['record<a | b>', word('record', union(word('a'), word('b')))],
    ['array<array<int>, 3>', word('array', word('array', word('int')), value(3))],
    ["'a' | 5 | true | -1.5f", union(value('a'), value(5), value(true), value(-1.5))],
    [`'it\\'s' | "say \\"boo\\"\\n"`, union(value("it's"), value('say "boo"\n'))],
    ['[1, none | int]', { type: 'tuple', items: [value(1), union(word('none'), word('int'))] }],
    [
      "{ x: int, `y z`: 'a' }",
      {
        type: 'shape',
        properties: [
          ['x', word('int')],
          ['y z', value('a')],
        ],
      },
    ],
    ['record<`my table`>', word('record', word('my table'))],
    ['{  }', { type: 'shape', properties: [] }],
  ])('parses %s', (text, kind) => {
    expect(parseKind(text)).toEqual(kind);
  });

  test.each([undefined, '', 'array<', 'a b', '5s', '<', '| a', '{ x }', '\u0000'])('reads %j as any', (text) => {
    expect(parseKind(text)).toEqual(ANY);
  });

  test('accepts any text', () => {
    const marks = fc.array(fc.constantFrom(...'<>|[]{},:\'`" a1-.\\'.split(''), 'none', 'record'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          marks.map((list) => list.join('')),
        ),
        (text) => void parseKind(text),
      ),
    );
  });
});

test.each([
  ['none | string', true],
  ['option<string>', true],
  ['any', true],
  ['string | null', false],
])('evaluates mayBeNone(%s) to %s', (text, expected) => {
  expect(mayBeNone(parseKind(text))).toBe(expected);
});

test.each([
  ['record<thread>', ['thread']],
  ['none | record<thread>', ['thread']],
  ['record<a | b>', ['a', 'b']],
  ['record', []],
  ['record<a> | string', []],
  ['array<record<a>>', []],
])('evaluates recordTables(%s) to %j', (text, expected) => {
  expect(recordTables(parseKind(text))).toEqual(expected);
});

test.each([
  ['record<thread>', true],
  ['none | record<a | b>', true],
  ['record', true],
  ['array<record<a>, 3>', true],
  ['none | array<record<a>>', true],
  ['set<record<a>>', true],
  ['record<a> | string', false],
  ['array<record<a> | string>', false],
  ['array', false],
  ['none', false],
  ['any', false],
  ['string', false],
  ['{ a: record<a> }', false],
])('evaluates isRecords(%s) to %s', (text, expected) => {
  expect(isRecords(parseKind(text))).toBe(expected);
});
