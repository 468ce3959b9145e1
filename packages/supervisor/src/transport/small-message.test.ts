import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSmall } from './small-message.ts';

test('accepts only values that can be copied unchanged and are within the limit', () => {
  let small = 0;
  const anything = fc.anything({
    withDate: true,
    withMap: true,
    withBigInt: true,
    withTypedArray: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(anything, fc.nat(6000), (value, maxBytes) => {
      if (!isSmall(value, maxBytes)) return;
      small += 1;
      const data = serialize(value);
      expect(data.byteLength).toBeLessThanOrEqual(Math.min(4096, maxBytes) + 2); // the header
      expect(deserialize(data)).toEqual(structuredClone(value));
    }),
    { numRuns: 2000 },
  );
  expect(small).toBeGreaterThan(100);
});

const circle: Record<string, unknown> = {};
circle.self = circle;
class Own {
  readonly a = 1;
}

test.each([
  ['a function', () => {}],
  ['a symbol within', { a: [Symbol('no')] }],
  ['a bigint', 1n],
  ['a date', new Date(0)],
  ['a typed array', new Uint8Array(1)],
  ['an instance of a class', new Own()],
  ['a circle', circle],
  ['a long text', 'x'.repeat(2100)],
  ['a long array', Array.from({ length: 500 }, () => 0)],
  ['an array with holes and no end', Array(1e9)],
  [
    'a getter that throws',
    {
      get no() {
        throw new Error('never');
      },
    },
  ],
])('refuses %s', (_name, value) => {
  expect(isSmall(value, 16_000_000)).toBe(false);
});
