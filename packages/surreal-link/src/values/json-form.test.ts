import fc from 'fast-check';
import {
  BoundExcluded,
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  FileRef,
  Geometry,
  Range,
  RecordId,
  RecordIdRange,
  type RecordIdValue,
  StringRecordId,
  Table,
  Uuid,
} from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { jsonFormOf } from './json-form.ts';

class Temperature {
  readonly celsius: number;
  constructor(celsius: number) {
    this.celsius = celsius;
  }
}
class Instant extends Temperature {
  toJSON(): string {
    return '2026-01-01';
  }
}
const uuid = '01a22059-6882-7b62-95a9-1494e84dd325';
const cyclic: Record<string, unknown> = {};
cyclic.inner = [cyclic];
const selfish = { toJSON: (): unknown => selfish };
let endless: unknown[] = [];
for (let level = 0; level < 40; level += 1) endless = [endless, endless];

describe('a value with a JSON form', () => {
  it.each<[string, unknown, unknown]>([
    ['a datetime with nanoseconds', new DateTime('2026-01-01T00:00:00.123456789Z'), '2026-01-01T00:00:00.123456789Z'],
    ['a datetime of a whole second', new DateTime('2026-01-01T00:00:00Z'), '2026-01-01T00:00:00.000Z'],
    ['a datetime before 1970', new DateTime([-1n, 999_999_999n]), '1969-12-31T23:59:59.999999999Z'],
    ['a datetime of the year 12026', new DateTime([317_345_000_000n, 5n]), '+012026-04-06T12:53:20.000000005Z'],
    ['a Date', new Date('2026-01-01T00:00:00.5Z'), '2026-01-01T00:00:00.500Z'],
    ['a decimal', new Decimal('1.10'), '1.1'],
    ['a small decimal', new Decimal('0.0000000001'), '0.0000000001'],
    ['a duration', new Duration('1h30m'), '1h30m'],
    ['a uuid', new Uuid(uuid), uuid],
    ['a table', new Table('thread'), 'thread'],
    ['a record id', new RecordId('thread', 'abc'), 'thread:abc'],
    ['a record id of a number', new RecordId('thread', 12), 'thread:12'],
    ['a record id of a text of digits', new RecordId('thread', '12'), 'thread:⟨12⟩'],
    ['a record id of a text with a backslash', new RecordId('thread', 'a\\'), 'thread:`a\\\\`'],
    ['a record id of a uuid', new RecordId('thread', new Uuid(uuid)), `thread:u"${uuid}"`],
    [
      'a record id of a list',
      new RecordId('reading', ['café', new DateTime([-1n, 1n]), 5n]),
      'reading:["café", d"1969-12-31T23:59:59.000000001Z", 5]',
    ],
    ['a record id of an object', new RecordId('t', { a: null } as unknown as RecordIdValue), 't:{ "a": NULL }'],
    ['a record id as text', new StringRecordId('thread:abc'), 'thread:abc'],
    ['a range', new Range(new BoundExcluded(1), new BoundIncluded(5)), '1>..=5'],
    ['an open range of decimals', new Range(new BoundIncluded(new Decimal('1.5')), undefined), '1.5dec..'],
    ['a range of record ids', new RecordIdRange('t', new BoundIncluded('a'), new BoundExcluded('b')), 't:a..b'],
    [
      'a geometry',
      Geometry.fromJSON({ type: 'Point', coordinates: [1.5, 2] }),
      { type: 'Point', coordinates: [1.5, 2] },
    ],
    ['a bigint within 2^53', 9_007_199_254_740_991n, 9_007_199_254_740_991],
    ['1e300', 1e300, 1e300],
    ['-0', -0, 0],
    ['an object with toJSON', new Instant(1), '2026-01-01'],
    ['a URL', new URL('https://example.org/a'), 'https://example.org/a'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a member that is undefined', { a: undefined, b: null }, { b: null }],
    ['a proxy', new Proxy({ a: [1] }, {}), { a: [1] }],
    ['a character of two units and NUL', '👻\u0000', '👻\u0000'],
    ['names of every object', { constructor: 1, toString: 2, '': 3 }, { constructor: 1, toString: 2, '': 3 }],
  ])('%s is converted', (_, value, json) => {
    expect(jsonFormOf({ list: [value] }, { maxDepth: 31 })).toEqual({ kind: 'walked', result: { list: [json] } });
  });

  it('is any JSON, unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (json) => {
        const text = JSON.stringify(json);
        if (text.includes('"__proto__"')) return;
        expect(JSON.stringify(jsonFormOf(json))).toBe(`{"kind":"walked","result":${text}}`);
      }),
    );
  });
});

describe('a value without a JSON form', () => {
  it.each<[string, unknown]>([
    ['a Set', new Set([1])],
    ['a Map', new Map()],
    ['bytes', new Uint8Array([1])],
    ['a Buffer, although it has toJSON', Buffer.from('a')],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a file', new FileRef('bucket', '/key')],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a bigint beyond 2^53', 2n ** 53n],
    ['undefined in a list', undefined],
    ['an invalid Date', new Date(Number.NaN)],
    ['a datetime that no Date can hold', new DateTime([10n ** 15n, 0n])],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a boxed number', Object(1)],
    ['a boxed text', Object('a')],
    ['an instance of a class', new Temperature(1)],
    ['an error', new Error('secret')],
    ['a promise', Promise.resolve(1)],
    ['a record id of a float', new RecordId('t', 1.5)],
    ['a point that is nowhere', Geometry.fromJSON({ type: 'Point', coordinates: [1, Number.NaN] })],
    ['a range of sets', new Range(new BoundIncluded(new Set([1])), undefined)],
    ['half of an emoji', '👻'.slice(0, 1)],
    ['a name that is half of an emoji', { '\ud83d': 1 }],
    ['a member that would become a prototype', JSON.parse('{"__proto__":{"isAdmin":true}}')],
    ['a value that contains itself', cyclic],
    ['a toJSON that returns its own object', selfish],
    ['a toJSON that throws', { toJSON: () => fail() }],
    [
      'a getter that throws',
      {
        get at() {
          return fail();
        },
      },
    ],
    ['a revoked proxy', revoked()],
    ['a proxy of a record id', new Proxy(new RecordId('t', 'a'), {})],
  ])('%s is refused with its place', (_, value) => {
    const form = jsonFormOf({ 'a/b': [0, value] }, { maxDepth: 31 });
    expect(form).toMatchObject({
      kind: 'refused',
      issues: [{ path: expect.stringMatching(/^\/a~1b\/1/), message: expect.not.stringContaining('secret') }],
    });
  });

  it('is reported with all its places, up to twenty', () => {
    const form = jsonFormOf({ a: Symbol('x'), b: [1n << 60n, 2, Number.NaN] });
    expect(form.kind === 'refused' && form.issues.map(({ path }) => path)).toEqual(['/a', '/b/0', '/b/2']);
    const many = jsonFormOf(Array.from({ length: 1_000 }, () => Number.NaN));
    expect(many.kind === 'refused' && many.issues).toHaveLength(20);
  });

  it('is a missing item of a sparse list', () => {
    const sparse = Object.assign(new Array(3), { 0: 1, 2: 3 });
    expect(jsonFormOf(sparse)).toMatchObject({ kind: 'refused', issues: [{ path: '/1' }] });
  });

  it('is nested too deeply', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    expect(jsonFormOf(nested(31), { maxDepth: 31 }).kind).toBe('walked');
    expect(jsonFormOf(nested(32), { maxDepth: 31 })).toMatchObject({ issues: [{ path: '/a'.repeat(31) }] });
  });

  it('is too large, and is not walked to its end', () => {
    expect(jsonFormOf(endless, { maxBytes: 1_000 })).toEqual({ kind: 'too large' });
    expect(jsonFormOf(new Array(2 ** 32 - 1), { maxBytes: 1_000 })).toEqual({ kind: 'too large' });
    expect(jsonFormOf(['x'.repeat(1_000)], { maxBytes: 1_000 })).toEqual({ kind: 'too large' });
  });
});

function fail(): never {
  throw new Error('secret');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
