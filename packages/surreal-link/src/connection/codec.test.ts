import fc from 'fast-check';
import { CborCodec, DateTime, Decimal, Duration, RecordId, Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { textOfDate } from '../values/datetime-text.ts';
import { LinkCodec } from './codec.ts';

const codec = new LinkCodec({});
const sdk = new CborCodec({});

describe('LinkCodec', () => {
  it('writes every number as the number that it is', () => {
    const numbers = fc.oneof(
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom(-0, 0, 2 ** 53, -(2 ** 53), 2 ** 63, 1e300),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        expect(sdk.decode(codec.encode([number]))).toEqual([number]);
      }),
    );
  });

  it('writes everything else as the SDK does', () => {
    const value = {
      none: undefined,
      list: [null, true, 'é👻', 1, -7, 1.5, 2n ** 63n - 1n, new Uint8Array([1, 2]), new Set(['a'])],
      ids: [new RecordId('a', [1, { b: 2 }] as never), new Uuid('01a22059-6882-7b62-95a9-1494e84dd325')],
      values: [new DateTime([5n, 6n]), new Decimal('1.5'), new Duration('1h'), new Date(7)],
    };
    expect(codec.encode(value)).toEqual(sdk.encode(value));
  });

  it.each([
    [5n, 123_456_789n, '1970-01-01T00:00:05.123456789Z', 5_123],
    [-1n, 999_999_999n, '1969-12-31T23:59:59.999999999Z', -1],
    [0n, 0n, '1970-01-01T00:00:00Z', 0],
  ])('keeps the nanoseconds of a Date: %s and %s', (seconds, nanoseconds, text, ms) => {
    const dates = new LinkCodec({ useNativeDates: true });
    const bytes = sdk.encode(new DateTime([seconds, nanoseconds]));
    const date = dates.decode(bytes);
    expect(date).toEqual(new Date(ms));
    expect(date instanceof Date && textOfDate(date)).toBe(text);
    expect(dates.encode(date)).toEqual(bytes);
  });
});
