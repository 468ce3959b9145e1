import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEnvFile } from './env-file.ts';

test.each([
  ['A=1', { A: '1' }],
  ['A=1\nB=2\n', { A: '1', B: '2' }],
  ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['\uFEFFA=1', { A: '1' }],
  ['# comment\n\n   \n  # another\nA=1', { A: '1' }],
  ['export A=1', { A: '1' }],
  ['  A = 1  ', { A: '1' }],
  ['A=', { A: '' }],
  ['A=   ', { A: '' }],
  ['A=b=c==', { A: 'b=c==' }],
  ['URL=postgres://u:p@h/db?x=1&y=2#top', { URL: 'postgres://u:p@h/db?x=1&y=2#top' }],
  ['A=one two', { A: 'one two' }],
  ['A=one # two', { A: 'one' }],
  ['A=# two', { A: '' }],
  ['A="one # two" # three', { A: 'one # two' }],
  ["A='one # two' # three", { A: 'one # two' }],
  ['A="line\\nline\\t\\"quoted\\" \\\\"', { A: 'line\nline\t"quoted" \\' }],
  ["A='$HOME \\n'", { A: '$HOME \\n' }],
  ['A="it\'s"', { A: "it's" }],
  ["A=it's", { A: "it's" }],
  ['A=$B', { A: '$B' }],
  ['A=1\nA=2', { A: '2' }],
  ['_a1=x', { _a1: 'x' }],
  ['A=1\rB=2\r', { A: '1', B: '2' }],
  ['\uFEFFexport A = "b"\r\n\r\nC=#d\r\n', { A: 'b', C: '' }],
  ['A=b#c', { A: 'b#c' }],
])('parses %j', (text, expected) => {
  expect(parseEnvFile(text)).toEqual(expected);
});

test('treats every key as an own property', () => {
  const read = parseEnvFile('__proto__=x\nconstructor=y');
  expect(Object.entries(read)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test.each([
  ['A=1\nhunter2', '.env:2:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  ['1A=hunter2', '.env:1:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  ['A-B=hunter2', '.env:1:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  [
    'A="hunter2',
    '.env:1:1: the value of A has no closing " on this line; write "…", \\" for a quote inside, and \\n for a line break',
  ],
  [
    'A="hunter2" tail',
    '.env:1:1: the value of A has no closing " on this line; write "…", \\" for a quote inside, and \\n for a line break',
  ],
  [
    'A="-----BEGIN KEY-----\nhunter2',
    '.env:1:1: the value of A has no closing " on this line; write "…", \\" for a quote inside, and \\n for a line break\n.env:2:1: is not KEY=VALUE; write one variable a line, or put a # before it',
  ],
  ['set A=hunter2', '.env:1:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  ['A: hunter2', '.env:1:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  ['export A', '.env:1:1: is not KEY=VALUE; write one variable a line, or put a # before it'],
  ["A='hunter2", ".env:1:1: the value of A has no closing ' on this line; write '…', or use double quotes"],
])('refuses %j without showing it', (text, message) => {
  expect(() => parseEnvFile(text)).toThrow(expect.objectContaining({ message }));
});

test('keeps any value in double quotes', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
      expect(parseEnvFile(`A="${escaped}"`)).toEqual({ A: value });
    }),
  );
});
