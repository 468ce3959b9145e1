import { describe, expect, test } from 'vitest';
import { createPayloadValidator } from './payload.ts';
import type { JsonSchema } from './subschemas.ts';

const THREAD: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: { type: 'string', pattern: '^thread:.+$', maxLength: 20 },
    mood: { enum: ['dark', 'light'] },
    kind: { const: 'tale' },
    mail: { type: 'string', format: 'email' },
    seen: { type: 'string', format: 'ghost-time' },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 2 },
    by: { type: 'object', properties: { 'a/b': { type: 'integer' } } },
    old: { type: ['string', 'null'] },
  },
};

describe('createPayloadValidator', () => {
  const validate = createPayloadValidator(THREAD);

  test.each([
    [{ id: 'thread:1' }],
    [{ id: 'thread:1', mood: 'dark', kind: 'tale', mail: 'a@example.com', tags: ['x'], by: { 'a/b': 1 }, old: null }],
    // Unknown formats are annotations.
    [{ id: 'thread:1', seen: 'at midnight' }],
  ])('accepts %j', (payload) => {
    expect(validate(payload)).toEqual({ ok: true });
  });

  test.each([
    [{}, 'id is missing'],
    [{ id: 'thread:1', ids: 1 }, 'ids is not a property of this route'],
    [{ id: 5 }, 'id must be string'],
    [{ id: 'comment:1' }, 'id must match pattern "^thread:.+$"'],
    [{ id: 'thread:hunter2-hunter2-hunter2' }, 'id must NOT have more than 20 characters'],
    [{ id: 'thread:1', mood: 'hunter2' }, 'mood must be one of ["dark","light"]'],
    [{ id: 'thread:1', kind: 'hunter2' }, 'kind must be "tale"'],
    [{ id: 'thread:1', mail: 'hunter2' }, 'mail must match format "email"'],
    [{ id: 'thread:1', tags: ['a', 5] }, 'tags.1 must be string'],
    [{ id: 'thread:1', tags: ['a', 'b', 'c'] }, 'tags must NOT have more than 2 items'],
    [{ id: 'thread:1', by: { 'a/b': 'x' } }, 'by.a/b must be integer'],
    [{ id: 'thread:1', old: 5 }, 'old must be string or null'],
    ['hunter2', 'the payload must be object'],
    [null, 'the payload must be object'],
    [undefined, 'the payload must be object'],
  ])('refuses %j: %s', (payload, reason) => {
    expect(validate(payload)).toEqual({ ok: false, reason });
  });

  test('accepts anything with an empty schema', () => {
    expect(createPayloadValidator({})({ any: ['thing'] })).toEqual({ ok: true });
  });

  test('keeps a reason short', () => {
    const wide = createPayloadValidator({ enum: Array.from({ length: 500 }, (_, index) => `choice ${index}`) });
    const verdict = wide('none');
    expect(verdict.ok ? '' : verdict.reason).toHaveLength(200);
  });

  test('does not change the payload', () => {
    const payload = Object.freeze({ id: 'thread:1' });
    createPayloadValidator({ ...THREAD, properties: { extra: { default: 5 }, id: {} } })(payload);
    expect(payload).toEqual({ id: 'thread:1' });
  });

  test.each([
    [{ type: 'objekt' }, /is not a valid JSON Schema/],
    [{ type: 'object', requried: ['id'] }, /unknown keyword: "requried"/],
    [{ pattern: '(' }, /is not a valid JSON Schema/],
    [{ $ref: '#/$defs/nothing' }, /is not a valid JSON Schema/],
  ])('refuses the schema %j', (schema, message) => {
    expect(() => createPayloadValidator(schema)).toThrow(message);
  });
});
