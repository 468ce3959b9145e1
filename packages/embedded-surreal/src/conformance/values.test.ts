import {
  BoundExcluded,
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  GeometryCollection,
  GeometryLine,
  GeometryMultiPoint,
  GeometryPoint,
  GeometryPolygon,
  Range,
  RecordId,
  RecordIdRange,
  Table,
  Uuid,
} from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { targets } from '../testing/targets.ts';

const uuid = new Uuid('0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f');
const point = new GeometryPoint([1.5, -2]);
const line = new GeometryLine([point, new GeometryPoint([3, 4])]);
const ring = new GeometryLine([point, new GeometryPoint([3, 4]), new GeometryPoint([5, 0]), point]);

/** Each value is sent as a parameter and as a field, and must come back unchanged. */
const values: readonly (readonly [name: string, value: unknown])[] = [
  ['true', true],
  ['empty text', ''],
  ['text', 'naïve ☂ \u{1f383} "quotes" \\ \n'],
  ['zero', 0],
  ['a negative number', -42],
  ['a fraction', 0.1],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER],
  ['the largest integer', 9_223_372_036_854_775_807n],
  ['the smallest integer', -9_223_372_036_854_775_808n],
  ['infinity', Number.POSITIVE_INFINITY],
  ['negative infinity', Number.NEGATIVE_INFINITY],
  ['not a number', Number.NaN],
  ['a decimal', new Decimal('12345678901234567890.123456789')],
  ['NULL', null],
  ['a time', new DateTime('2026-01-02T03:04:05.678901234Z')],
  ['a time before 1970', new DateTime('1066-10-14T09:00:00Z')],
  ['a duration', new Duration('1w2d3h4m5s6ms7us8ns')],
  ['a UUID', uuid],
  ['bytes', new Uint8Array([0, 1, 254, 255]).buffer],
  ['no bytes', new Uint8Array().buffer],
  ['a table', new Table('note')],
  ['a record by text', new RecordId('note', 'one')],
  ['a record by strange text', new RecordId('strange table', 'a:b `c` ⟩')],
  ['a record by number', new RecordId('note', 1)],
  ['a record by large number', new RecordId('note', 9_223_372_036_854_775_807n)],
  ['a record by text of digits', new RecordId('note', '1')],
  ['a record by UUID', new RecordId('note', uuid)],
  ['a record by array', new RecordId('note', ['a', 1, uuid])],
  ['a record by object', new RecordId('note', { city: 'London', at: new DateTime('2026-01-02T03:04:05Z') })],
  ['a range of records', new RecordIdRange('note', new BoundIncluded(1), new BoundExcluded(9))],
  ['a range', new Range(new BoundIncluded(1), new BoundExcluded(9))],
  ['an array', [1, 'two', [3, [4]], {}]],
  ['an object', { a: { b: { c: [null, true] } }, 'strange key': 1 }],
  ['a set', new Set([1, 2, 3])],
  ['a point', point],
  ['a line', line],
  ['a polygon', new GeometryPolygon([ring])],
  ['points', new GeometryMultiPoint([point, point])],
  ['a collection', new GeometryCollection([point, line])],
];

describe.each(targets())('values over $name', (target) => {
  it('come back unchanged as parameters', async () => {
    const client = await target.client();
    for (const [name, value] of values) {
      expect((await client.query('RETURN $value', { value }))[0], name).toEqual(value);
    }
  });

  it('come back unchanged from a field', async () => {
    const client = await target.client();
    for (const [index, [name, value]] of values.entries()) {
      const id = new RecordId('kept', index);
      expect(await client.create(id).content({ value }), name).toEqual({ id, value });
      expect(await client.select(id), name).toEqual({ id, value });
    }
  });

  it('distinguish NONE from NULL', async () => {
    const client = await target.client();
    expect(await client.query('RETURN [NONE, NULL]')).toEqual([[undefined, null]]);
    expect(await client.query('RETURN [$a IS NONE, $b IS NULL]', { a: undefined, b: null })).toEqual([[true, true]]);
    expect(await client.query('RETURN { a: NONE, b: NULL }')).toEqual([{ a: undefined, b: null }]);
    const id = new RecordId('kept', 'none');
    expect(await client.create(id).content({ gone: undefined, empty: null })).toEqual({ id, empty: null });
  });

  it('can be deep and large', async () => {
    const client = await target.client();
    let deep: unknown = 'core';
    for (let level = 0; level < 50; level += 1) deep = level % 2 === 0 ? [deep] : { deep };
    expect(await client.query('RETURN $deep', { deep })).toEqual([deep]);
    const long = 'x'.repeat(1_000_000);
    expect(await client.query('RETURN $long', { long })).toEqual([long]);
    const many = Array.from({ length: 10_000 }, (_, index) => ({ index }));
    expect(await client.query('RETURN $many', { many })).toEqual([many]);
  });
});
