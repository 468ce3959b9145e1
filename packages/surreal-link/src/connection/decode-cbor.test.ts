import { Encoded, encode, Tagged } from '@surrealdb/cbor';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLink } from '../link.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { decodeCbor } from './decode-cbor.ts';

const decode = (bytes: readonly number[]): unknown => decodeCbor(new Uint8Array(bytes), {});

const numbers = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noInteger: true }));
const bytes = fc.uint8Array().map(({ buffer, byteOffset, length }) => buffer.slice(byteOffset, byteOffset + length));
const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '\uFEFF', '\uFEFFabc', 'a\uFEFF'));
const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(undefined, null, true, false),
    numbers,
    texts,
    bytes,
    fc.array(tie('any')),
    fc.array(fc.tuple(texts, tie('any'))).map((members) => Object.fromEntries(members)),
    tie('any').map((content) => new Tagged(400, content)),
  ),
}));

describe('decodeCbor', () => {
  it('returns every value as it was before it was encoded', () => {
    fc.assert(
      fc.property(any, (value) => {
        expect(decodeCbor(encode(value), {})).toEqual(value);
      }),
    );
  });

  it.each([
    [[0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0], 2 ** 53],
    [[0x1b, 0, 0x20, 0, 0, 0, 0, 0, 1], 2n ** 53n + 1n],
    [[0x3b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], -(2 ** 53) + 1],
    [[0x3b, 0, 0x20, 0, 0, 0, 0, 0, 0], -(2n ** 53n) - 1n],
    [[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -(2n ** 63n)],
    [[0xf9, 0x3e, 0], 1.5],
    [[0xfa, 0x3f, 0xc0, 0, 0], 1.5],
  ])('decodes the number %j as %s', (encoded, number) => {
    expect(decode(encoded)).toBe(number);
  });

  it('decodes lists and objects whose length is not given first', () => {
    expect(decode([0x9f, 1, 0x9f, 0xff, 0xff])).toEqual([1, []]);
    expect(decode([0xbf, 0x61, 0x61, 1, 0xff])).toEqual({ a: 1 });
  });

  it('gives the content of a tag to the reader of the tag', () => {
    const encoded = encode(new Tagged(7, [new Encoded(new Uint8Array([1]))]));
    expect(decodeCbor(encoded, { 7: (content) => ({ content }) })).toEqual({ content: [1] });
  });

  it.each([[[]], [[0x62, 0x61]], [[0x82, 1]], [[0xf8]], [[0xff]], [[0x1f]]])('refuses %j', (encoded) => {
    expect(() => decode(encoded)).toThrow();
  });
});

describe('values from the engine', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  const results = (text: string, bindings: Record<string, unknown>): Promise<unknown[]> =>
    withLink(database.options, (link) => link.queryAll(text, bindings));

  it.each([
    ['a byte order mark', '"\\u{feff}abc"', '\uFEFFabc', 4],
    ['two byte order marks', '"\\u{feff}\\u{feff}"', '\uFEFF\uFEFF', 2],
  ])('keep %s at the start of a text', async (_, literal, text, length) => {
    expect(await results(`RETURN ${literal}; RETURN string::len($text)`, { text })).toEqual([text, length]);
  });

  it('keep a member named __proto__', async () => {
    const object: unknown = JSON.parse('{"a":1,"__proto__":{"b":2}}');
    const [found, isSame] = await results('RETURN { a: 1, `__proto__`: { b: 2 } }; RETURN $object.__proto__.b = 2', {
      object,
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(object);
    expect(Object.keys(found as object).sort()).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(isSame).toBe(true);
  });

  it.each([-(2n ** 53n) - 1n, -(2n ** 63n), 2n ** 53n + 1n])('keep the integer %s', async (integer) => {
    expect(await results(`RETURN ${integer}; RETURN $integer`, { integer })).toEqual([integer, integer]);
  });
});
