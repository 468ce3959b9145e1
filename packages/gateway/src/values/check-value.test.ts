import {
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  Geometry,
  Range,
  RecordId,
  type RecordIdValue,
  StringRecordId,
} from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { decodeValue } from '../wire/value.ts';
import { checkValue, issueOf } from './check-value.ts';

class Point {
  x = 1;
}
const point = (...coordinates: [number, number]): Geometry => Geometry.fromJSON({ type: 'Point', coordinates });
const cyclic: unknown[] = [];
cyclic.push({ inner: cyclic });
/** Two to the power of forty parts. */
let endless: unknown[] = [];
for (let level = 0; level < 40; level += 1) endless = [endless, endless];

describe('a value that cannot be stored', () => {
  it.each<[string, unknown]>([
    ['an integer of 65 bits', 2n ** 63n],
    ['a decimal of 29 digits', new Decimal('1'.repeat(29))],
    ['a datetime after 9999', new DateTime([253_402_300_800n, 0n])],
    ['a datetime that no Date can hold', new DateTime([10n ** 15n, 0n])],
    ['an invalid Date', new Date(Number.NaN)],
    ['an endless duration', new Duration([10n ** 16n, 0n])],
    ['a bound of 65 bits', new Range(new BoundIncluded(2n ** 63n), undefined)],
    ['a key with a float', new RecordId('a', [1.5])],
    ['a key of 300 characters', new RecordId('a', 'x'.repeat(300))],
    ['a point that is nowhere', point(1, Number.NaN)],
    ['a huge point', point(1, 1e308)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map()],
    ['an instance of a class', new Point()],
    ['a boxed number', Object(1)],
    ['a boxed text', Object('a')],
    ['a record id as text', new StringRecordId('a:b')],
    ['a list of floats for a machine', new Float64Array([1])],
    ['half of an emoji', '👻'.slice(0, 1)],
    ['a name that is half of an emoji', { '\ud83d': 1 }],
    ['a member that would become the prototype', JSON.parse('{"__proto__":{}}')],
    ['a value that contains itself', cyclic],
    [
      'a getter that throws',
      {
        get x() {
          throw new Error('secret');
        },
      },
    ],
    ['a revoked proxy', revoked()],
  ])('%s is refused with its place', (_, value) => {
    const checked = checkValue({ list: [1, value] }, { maxDepth: 31 });
    expect(checked).toMatchObject({
      kind: 'refused',
      issues: [{ path: expect.stringMatching(/^\/list\/1/), message: expect.not.stringContaining('secret') }],
    });
  });

  it('is not walked to its end', () => {
    expect(checkValue(endless, { maxDepth: 50, maxBytes: 1_000 })).toEqual({ kind: 'too large' });
    expect(checkValue(new Array(1_000_000_000), { maxBytes: 1_000 })).toEqual({ kind: 'too large' });
    const many = checkValue(Array.from({ length: 1_000 }, () => Symbol('x')));
    expect(many.kind === 'refused' && many.issues).toHaveLength(20);
  });

  it('is too deep', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(issueOf(nested(31), { maxDepth: 31 })).toBeUndefined();
    expect(issueOf(nested(32), { maxDepth: 31 })?.message).toContain('31 levels');
  });
});

describe('a value that can be stored', () => {
  it.each<[string, unknown]>([
    ['the largest integer', 2n ** 63n - 1n],
    ['a number without a fraction beyond 2^53', 1e300],
    ['-0', -0],
    ['NaN', { $f: 'NaN' }],
    ['a decimal', new Decimal('0.1')],
    ['a point', point(-122.4, 37.7)],
    ['a key of an object', new RecordId('a', { b: 1 } as RecordIdValue)],
    ['a member with a name of every object', { constructor: 1, toString: 2 }],
    ['a sparse list', Object.assign(new Array(2), { 0: 1 })],
    ['a part that occurs twice', [point, point].map(() => cyclic.length)],
    ['a proxy', new Proxy({ a: [1] }, {})],
  ])('%s is accepted', (_, value) => {
    expect(checkValue(decodeValue(value)).kind).toBe('good');
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
