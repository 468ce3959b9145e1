import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createColors } from './colors.ts';
import { printable, printableInColor, printableJson, printableLines } from './printable.ts';

const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not come out
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/u;

it('escapes control characters, line breaks and direction marks', () => {
  expect(printable('a\nb\r\tc')).toBe('a\\nb\\r\\tc');
  expect(printable('\x1b[2J\x1b]0;title\x07')).toBe('\\e[2J\\e]0;title\\u{7}');
  expect(printable('\x9b31m')).toBe('\\u{9b}31m');
  expect(printable('user\u202etxt.exe')).toBe('user\\u{202e}txt.exe');
});

it.each<[what: string, text: string, shown: string]>([
  [
    'a link',
    '\x1b]8;;https://evil.example\x07click\x1b]8;;\x07',
    '\\e]8;;https://evil.example\\u{7}click\\e]8;;\\u{7}',
  ],
  ['a write to the clipboard', '\x1b]52;c;cm0gLXJm\x1b\\', '\\e]52;c;cm0gLXJm\\e\\'],
  ['a C1 sequence', '\x9d0;title\x9c', '\\u{9d}0;title\\u{9c}'],
  ['a line separator', 'a\u2028b\u2029c\x85d', 'a\\u{2028}b\\u{2029}c\\u{85}d'],
  ['hidden tags', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ['a carriage return', 'real\rfake', 'real\\rfake'],
])('escapes %s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('keeps the colours of a result, and no other sequence', () => {
  const { green, bold, process } = createColors(true);
  expect(printableInColor(`${green('ok')}\n${bold('b')}`)).toBe('\x1b[32mok\x1b[39m\n\x1b[1mb\x1b[22m\x1b[0m');
  expect(printableInColor('\x1b[8mhidden\x1b[2J')).toBe('\\e[8mhidden\\e[2J');
  expect(printableInColor(process(0)('x'))).toBe('\\e[38;5;39mx\x1b[39m\x1b[0m');
  expect(printableInColor('plain')).toBe('plain');
});

it('keeps ordinary text of any language', () => {
  for (const text of ['', 'job:abc', 'Grüße', '日本語', 'مرحبا', '👻 boo']) expect(printable(text)).toBe(text);
});

it('keeps line breaks in printableLines', () => {
  expect(printableLines('one\n\x1b[31mtwo')).toBe('one\n\\e[31mtwo');
});

it('returns no unprintable character for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(UNSAFE);
    }),
  );
});

it('returns printable JSON that parses to the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(printableJson(value)).not.toMatch(UNSAFE);
      expect(JSON.parse(printableJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
