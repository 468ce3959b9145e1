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
  Table,
  Uuid,
} from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { VALUE_MAX_DEPTH } from './limits.ts';
import { decodeValue, encodeValue, ValueError } from './value.ts';

const pass = (value: unknown): unknown => decodeValue(JSON.parse(JSON.stringify(encodeValue(value))));

/** Converts a value for deep comparison: classes become their name and text. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof RecordId) return ['RecordId', value.table.name, plain(value.id)];
  if (value instanceof DateTime) return ['DateTime', value.toCompact()];
  if (value instanceof Geometry) return ['Geometry', value.toJSON()];
  if (value instanceof Range) return ['Range', plainBound(value.begin), plainBound(value.end)];
  if (value instanceof RecordIdRange)
    return ['RecordIdRange', value.table.name, plainBound(value.begin), plainBound(value.end)];
  if (value instanceof FileRef) return ['FileRef', value.bucket, value.key];
  if (value instanceof Set) return ['Set', [...value].map(plain)];
  if (value instanceof Uint8Array) return ['bytes', [...value]];
  for (const type of [Duration, Decimal, Uuid, Table]) {
    if (value instanceof type) return [type.name, value.toString()];
  }
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 'minus zero' : value;
  return ['object', Object.entries(value).map(([name, item]) => [name, plain(item)])];
}

function plainBound(bound: unknown): unknown {
  if (bound instanceof BoundIncluded) return ['=', plain(bound.value)];
  return bound instanceof BoundExcluded ? ['<', plain(bound.value)] : null;
}

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', '$r', '$o', '$', 'toString', '\ud800', '\u0000', '</script>', "'; --"),
);
const pair = fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }));
const geometries = fc.oneof(
  pair.map((coordinates) => ({ type: 'Point', coordinates })),
  fc.array(pair, { minLength: 2, maxLength: 3 }).map((coordinates) => ({ type: 'LineString', coordinates })),
  fc.array(pair, { minLength: 4, maxLength: 5 }).map((ring) => ({ type: 'Polygon', coordinates: [ring] })),
  fc.array(pair, { minLength: 1, maxLength: 3 }).map((coordinates) => ({ type: 'MultiPoint', coordinates })),
  pair.map((coordinates) => ({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates }] })),
);
const values = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, undefined, true, false, Number.NaN, -0, 0, Infinity, -Infinity),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    texts,
    fc
      .tuple(
        fc.bigInt({ min: -8_000_000_000_000n, max: 8_000_000_000_000n }),
        fc.bigInt({ min: 0n, max: 999_999_999n }),
      )
      .map((tuple) => new DateTime(tuple)),
    fc
      .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 999_999_999n }))
      .map((tuple) => new Duration(tuple)),
    fc.tuple(fc.bigInt(), fc.nat()).map(([whole, part]) => new Decimal(`${whole}.${part}`)),
    fc.uuid().map((text) => new Uuid(text)),
    fc.uint8Array({ maxLength: 20 }),
    geometries.map((json) => Geometry.fromJSON(json as Parameters<typeof Geometry.fromJSON>[0])),
    fc.tuple(texts, texts).map(([bucket, key]) => new FileRef(bucket, key)),
    texts.filter((name) => name !== '').map((name) => new Table(name)),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => new Set(items)),
    fc
      .dictionary(
        texts,
        tie('any').filter((item) => item !== undefined),
        { maxKeys: 3 },
      )
      .map((items) => ({ ...items })),
    fc.tuple(tie('any'), tie('any')).map(([begin, end]) => new Range(new BoundIncluded(begin), new BoundExcluded(end))),
    tie('any').map((begin) => new Range(new BoundIncluded(begin), undefined)),
    texts.map((begin) => new RecordIdRange('thread', new BoundIncluded(begin), undefined)),
    fc
      .bigInt({ min: 0n, max: 2n ** 63n - 1n })
      .map((end) => new RecordIdRange('thread', undefined, new BoundExcluded(end))),
    fc
      .tuple(
        texts.filter((name) => name !== ''),
        fc.oneof(
          texts,
          fc.integer(),
          fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
          fc.array(tie('any'), { maxLength: 2 }),
        ),
      )
      .map(([table, key]) => new RecordId(table, key as RecordIdValue)),
  ),
})).any;

describe('encodeValue', () => {
  it('keeps every value unchanged', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(pass(value))).toEqual(plain(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps datetimes before 1970 and after 9999 to the nanosecond', () => {
    for (const [seconds, nanos] of [
      [-1n, 999_999_999n],
      [-62_198_755_200n, 1n],
      [253_402_300_800n, 5n],
      [8_000_000_000_000n, 999_999_999n],
    ] as const) {
      expect((pass(new DateTime([seconds, nanos])) as DateTime).toCompact()).toEqual([seconds, nanos]);
    }
    expect(encodeValue(new Date(-1))).toEqual({ $t: '1969-12-31T23:59:59.999Z' });
    expect(encodeValue(new DateTime('2026-01-01T00:00:00Z'))).toEqual({ $t: '2026-01-01T00:00:00Z' });
  });

  it('leaves out members of an object that are NONE', () => {
    expect(encodeValue({ a: undefined, b: [undefined] })).toEqual({ b: [{ $none: 1 }] });
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map()],
    ['an invalid date', new Date(Number.NaN)],
    ['an integer of more than 64 bits', 10n ** 30n],
  ])('refuses %s', (_, value) => {
    expect(() => encodeValue({ deep: [value] })).toThrow(ValueError);
  });

  it('refuses values beyond the deepest nesting, as decodeValue does', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);
    expect(pass(nested(VALUE_MAX_DEPTH))).toEqual(nested(VALUE_MAX_DEPTH));
    expect(() => encodeValue(nested(VALUE_MAX_DEPTH + 1))).toThrow(/32 levels/);
    expect(() => decodeValue(nested(VALUE_MAX_DEPTH + 1))).toThrow(/32 levels/);
    expect(() => decodeValue(nested(100_000 / 50))).toThrow(ValueError);
  });
});

describe('decodeValue', () => {
  it.each([
    { $x: 1 },
    { $x: 'a' },
    { $x: [1, 2] },
    { $r: ['thread'] },
    { $r: ['', 'a'] },
    { $r: ['thread', null] },
    { $r: ['thread', { $none: 1 }] },
    { $r: [7, 'a'] },
    { $r: 'thread:a' },
    { $r: ['thread', 'a', 'b'] },
    { $t: 'yesterday' },
    { $t: '2026-13-01T00:00:00Z' },
    { $t: '2026-01-01T00:00:00.1234567890Z' },
    { $t: 7 },
    { $u: '' },
    { $u: '1 hour' },
    { $u: '-1s' },
    { $d: '1e5' },
    { $d: '' },
    { $i: '1.5' },
    { $i: '1'.repeat(21) },
    { $uuid: 'x' },
    { $b: '%' },
    { $f: '1' },
    { $set: {} },
    { $g: { type: 'Point', coordinates: 'ab' } },
    { $g: { type: 'Point', coordinates: [1, '2'] } },
    { $g: { type: 'Blob', coordinates: [1, 2] } },
    { $g: { type: 'constructor', coordinates: [1, 2] } },
    { $g: [1, 2] },
    { $range: [1, 2] },
    { $range: [['>', 1], null] },
    { $range: [null] },
    { $rr: ['thread', null] },
    { $rr: [1, null, null] },
    { $file: ['bucket'] },
    { $file: [1, 2] },
    { $table: '' },
    { $o: [] },
    { $o: 1 },
    { $r: ['thread', 'a'], more: 1 },
  ])('refuses %j', (json) => {
    expect(() => decodeValue(json)).toThrow(ValueError);
  });

  it('throws nothing but ValueError', () => {
    const tags = fc.constantFrom(
      ...[
        '$none',
        '$r',
        '$t',
        '$u',
        '$d',
        '$i',
        '$uuid',
        '$b',
        '$f',
        '$set',
        '$g',
        '$range',
        '$rr',
        '$file',
        '$table',
        '$o',
      ],
    );
    const json = fc.oneof(
      fc.jsonValue(),
      fc.tuple(tags, fc.jsonValue()).map(([tag, body]) => ({ [tag]: body })),
      fc.tuple(tags, texts).map(([tag, body]) => ({ [tag]: body })),
    );
    fc.assert(
      fc.property(json, (value) => {
        try {
          decodeValue(value);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
        }
      }),
    );
  });

  it('cannot change a prototype', () => {
    const decoded = decodeValue(JSON.parse('{"__proto__":{"isAdmin":true}}'));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect((decoded as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
