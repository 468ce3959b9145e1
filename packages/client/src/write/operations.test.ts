import { DateTime, RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { schema } from '../testing/schema.ts';
import { createOf, deleteOf, updateOf } from './operations.ts';

const id = { $r: ['thread', 'abc'] };

describe('a write as data', () => {
  it('creates a record with a generated id or the given one', () => {
    const write = createOf(schema, 'thread', { title: 'x', content: undefined, author: 'user:ada' });
    expect(write).toEqual({
      kind: 'create',
      id: { $r: ['thread', expect.stringMatching(/^[a-z0-9]{20}$/)] },
      fields: { title: 'x', author: { $r: ['user', 'ada'] } },
    });
    expect(createOf(schema, 'thread', { id: 'thread:abc', title: 'x' })).toMatchObject({ id, fields: { title: 'x' } });
  });

  it('sets fields, and removes a field with undefined', () => {
    const at = new DateTime('2026-01-01T00:00:00.123456789Z');
    expect(updateOf(schema, 'thread:abc', { title: undefined, created_at: at })).toEqual({
      kind: 'update',
      id,
      fields: { title: { $none: 1 }, created_at: { $t: '2026-01-01T00:00:00.123456789Z' } },
    });
    expect(deleteOf(schema, new RecordId('thread', 'abc'))).toEqual({ kind: 'delete', id });
  });

  it('keeps text in fields of text type', () => {
    expect(updateOf(schema, 'thread:abc', { title: 'user:ada' })).toMatchObject({ fields: { title: 'user:ada' } });
  });

  it.each([
    ['SPOOKY_CLIENT_INVALID_WRITE', () => updateOf(schema, 'thread:abc', {})],
    ['SPOOKY_CLIENT_INVALID_WRITE', () => updateOf(schema, 'abc', { title: 'x' })],
    ['SPOOKY_CLIENT_INVALID_WRITE', () => updateOf(schema, 7, { title: 'x' })],
    ['SPOOKY_CLIENT_INVALID_WRITE', () => updateOf(schema, 'thread:abc', { author: 'ada' })],
    ['SPOOKY_CLIENT_INVALID_WRITE', () => updateOf(schema, 'thread:abc', { title: () => 'x' })],
    ['SPOOKY_CLIENT_INVALID_WRITE', () => createOf(schema, 'thread', { id: 'job:abc', title: 'x' })],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => updateOf(schema, 'thread:abc', { titel: 'x' })],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => createOf(schema, 'thread', JSON.parse('{"__proto__":1}'))],
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => createOf(schema, 'constructor', {})],
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => deleteOf(schema, 'threads:abc')],
    ['SPOOKY_CLIENT_LIMIT', () => deleteOf(schema, `thread:${'x'.repeat(255)}`)],
  ])('is a %s', (code, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });
});
