import fc from 'fast-check';
import { expect, test } from 'vitest';
import { literal, print, propertyKey, quote, typeBlock } from './layout.ts';

test('keeps groups that fit on one line and breaks outer groups first', () => {
  const long = Array.from({ length: 20 }, (_, index) => `field_${index}`);
  expect(print(literal({ a: [1, 'b'], c: {} }))).toBe("{ a: [1, 'b'], c: {} }");
  expect(print(literal({ short: ['a'], long }))).toBe(
    `{\n  short: ['a'],\n  long: [\n${long.map((name) => `    '${name}',\n`).join('')}  ],\n}`,
  );
  expect(print(typeBlock(['a: string'], true))).toBe('{\n  a: string;\n}');
  expect(print(typeBlock([], true))).toBe('{}');
});

test('prints any data so that it evaluates to the same data', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      const evaluated: unknown = new Function(`return (${print(literal(data))});`)();
      expect(JSON.stringify(evaluated)).toBe(JSON.stringify(data));
    }),
  );
});

test('quotes names and strings that need it', () => {
  expect(quote(`it's a "b"\n\\`)).toBe(String.raw`'it\'s a "b"\n\\'`);
  expect(['id', '$x', 'a-b', '1', ''].map(propertyKey)).toEqual(['id', '$x', "'a-b'", "'1'", "''"]);
});
