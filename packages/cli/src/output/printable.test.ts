import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not come out
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

it('escapes control characters, line breaks and direction marks', () => {
  expect(printable('a\nb\r\tc')).toBe('a\\nb\\r\\tc');
  expect(printable('\x1b[2J\x1b]0;title\x07')).toBe('\\e[2J\\e]0;title\\u{7}');
  expect(printable('\x9b31m')).toBe('\\u{9b}31m');
  expect(printable('user\u202etxt.exe')).toBe('user\\u{202e}txt.exe');
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
