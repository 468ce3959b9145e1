import { expect, it } from 'vitest';
import { codeOnly } from './surrealql-code.ts';

it.each([
  ['a line comment', 'a; -- b\nc # d\ne // f', 'a;     \nc    \ne     '],
  ['a block comment over lines', 'a /* b\nc */ d', 'a     \n     d'],
  ['strings with escapes', `a 'it\\'s' "b\\"c" d`, 'a                d'],
  ['a comment in a string', `a '--' b`, 'a      b'],
  ['a quote in a comment', `a -- it's\nb 'c'`, `a        \nb    `],
  ['a quote in a regular expression', `$value = /[a-z']+/ AND 'x'`, '$value =           AND    '],
  ['a division', 'a / b / c', 'a / b / c'],
])('replaces %s with spaces', (_what, text, code) => {
  expect(codeOnly(text)).toBe(code);
});
