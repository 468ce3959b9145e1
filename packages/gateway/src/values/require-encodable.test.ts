import { describe, expect, it } from 'vitest';
import { decodeValue, ValueError } from '../wire/value.ts';
import { requireEncodable } from './require-encodable.ts';

describe('requireEncodable', () => {
  it.each<unknown>([
    2 ** 63,
    -1e308,
    { $i: '9223372036854775808' },
    { $d: '1'.repeat(29) },
    { $t: '+010000-01-01T00:00:00Z' },
    { $u: '600000000000y' },
    { $range: [['=', 2 ** 63], null] },
    { $rr: ['a', ['=', { $i: '9223372036854775808' }], null] },
    { $r: ['a', [2 ** 63]] },
    { $set: [2 ** 63] },
    { $g: { type: 'Point', coordinates: [1, 1e308] } },
    { $g: { type: 'Point', coordinates: [1, { $f: 'NaN' }] } },
    { $g: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [2 ** 63, 1] }] } },
    JSON.parse('{"a":{"__proto__":{}}}'),
  ])('%j', (wire) => {
    expect(() => requireEncodable(decodeValue(wire))).toThrow(ValueError);
  });
});

describe('a value that is taken', () => {
  it.each<unknown>([
    { $i: '9223372036854775807' },
    { $f: 'NaN' },
    { $d: '0.1' },
    { $g: { type: 'Point', coordinates: [-122.4, 37.7] } },
    { $r: ['a', { b: 1 }] },
    { constructor: 1 },
  ])('%j', (wire) => {
    expect(() => requireEncodable(decodeValue(wire))).not.toThrow();
  });
});
