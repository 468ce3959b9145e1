import { FRAME_MAX_BYTES, PAYLOAD_MAX_BYTES } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { ClientError, DateTime, Decimal, RecordId, StringRecordId } from '../index.ts';
import { conditionsOf } from '../query/conditions.ts';
import { schema } from '../testing/schema.ts';
import { payloadJson } from './json-form.ts';
import { createOf, updateOf } from './operations.ts';

function failureOf(attempt: () => unknown): ClientError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error('It should have failed.');
}

describe('a payload', () => {
  it('may contain the values of a row', () => {
    const row = {
      id: new RecordId('thread', ['a', 1]),
      created_at: new DateTime('2026-01-01T00:00:00.123456789Z'),
      price: new Decimal('19.99'),
    };
    expect(payloadJson('/echo', { ...row, at: row.created_at })).toEqual({
      id: 'thread:["a", 1]',
      created_at: '2026-01-01T00:00:00.123456789Z',
      price: '19.99',
      at: '2026-01-01T00:00:00.123456789Z',
    });
  });

  it('is refused with the place of every value that has no JSON form', () => {
    const cyclic: Record<string, unknown> = { at: new Date(Number.NaN) };
    cyclic.self = cyclic;
    const error = failureOf(() => payloadJson('/echo', cyclic));
    expect(error).toMatchObject({
      code: 'SPOOKY_CLIENT_INVALID_PAYLOAD',
      issues: [{ path: '/at' }, { path: '/self' }],
    });
    expect(error.message).toMatch(/^The payload for \/echo cannot be sent as JSON\. \/at: An invalid Date/);
  });

  it.each([
    ['lists', Array.from({ length: 999 }, () => [])],
    ['brackets in a text', '[{'.repeat(500)],
    ['dots in a text', '..'.repeat(1_000)],
  ])('has at most 1,000 %s, as the rule of the outbox counts them', (_, value) => {
    expect(payloadJson('/echo', value)).toEqual(value);
    const error = failureOf(() => payloadJson('/echo', [value, []]));
    expect(error).toMatchObject({ code: 'SPOOKY_CLIENT_TOO_LARGE', message: expect.stringContaining('at most 1000 ') });
  });

  it('is measured in bytes of JSON', () => {
    for (const text of ['ä', '\u0001', '👻', 'x']) {
      const most = Math.floor((PAYLOAD_MAX_BYTES - 2) / Buffer.byteLength(JSON.stringify(text).slice(1, -1)));
      expect(payloadJson('/echo', text.repeat(most))).toHaveLength(text.length * most);
      expect(failureOf(() => payloadJson('/echo', text.repeat(most + 1))).code).toBe('SPOOKY_CLIENT_TOO_LARGE');
    }
  });
});

describe('a value of a write or a condition', () => {
  const strange: readonly [string, unknown][] = [
    ['a function', () => 1],
    ['a Map', new Map()],
    ['an invalid Date', new Date(Number.NaN)],
    ['an integer of 65 bits', 2n ** 64n],
    ['a member that would become a prototype', JSON.parse('{"__proto__":1}')],
    ['half of an emoji', '\ud83d'],
    ['a boxed number', Object(1)],
    ['a record id of a float', new RecordId('thread', 1.5)],
  ];

  it.each(strange)('%s is refused with its place and a code', (_, value) => {
    const field = { content: [0, value] };
    const issues = [{ path: expect.stringMatching(/^\/1/) }];
    for (const attempt of [() => createOf(schema, 'thread', field), () => updateOf(schema, 'thread:a', field)]) {
      const error = failureOf(attempt);
      expect(error).toMatchObject({ code: 'SPOOKY_CLIENT_INVALID_WRITE', issues });
      expect(error.message).toMatch(/^thread\.content\/1.*: /);
    }
    const error = failureOf(() => conditionsOf(schema, 'thread', { content: { eq: [0, value] } }));
    expect(error).toMatchObject({ code: 'SPOOKY_CLIENT_INVALID_QUERY', issues });
  });

  it.each<[string, unknown]>([
    ['a Map', new Map([['title', 'x']])],
    ['a list', [1]],
    ['a Date', new Date()],
    ['null', null],
    [
      'an object with a getter that throws',
      {
        get title() {
          throw new Error('no');
        },
      },
    ],
  ])('is needed: %s has no fields', (_, fields) => {
    for (const attempt of [
      () => createOf(schema, 'thread', fields as object),
      () => updateOf(schema, 'thread:a', fields as object),
    ]) {
      expect(failureOf(attempt).code).toBe('SPOOKY_CLIENT_INVALID_WRITE');
    }
    expect(failureOf(() => conditionsOf(schema, 'thread', fields)).code).toBe('SPOOKY_CLIENT_INVALID_QUERY');
  });

  it('is refused by its size before it is copied', () => {
    let endless: unknown[] = ['x'.repeat(1_000)];
    for (let level = 0; level < 30; level += 1) endless = [endless, endless];
    for (const value of [endless, 'x'.repeat(FRAME_MAX_BYTES), new Uint8Array(20_000_000), new Array(10 ** 9)]) {
      expect(failureOf(() => createOf(schema, 'thread', { content: value })).code).toBe('SPOOKY_CLIENT_TOO_LARGE');
      const where = { content: { eq: value } };
      expect(failureOf(() => conditionsOf(schema, 'thread', where)).code).toBe('SPOOKY_CLIENT_TOO_LARGE');
    }
  });

  it('may be a record id as text in a field of record type', () => {
    const author = new StringRecordId('user:ada');
    expect(createOf(schema, 'thread', { author })).toMatchObject({ fields: { author: { $r: ['user', 'ada'] } } });
  });
});
