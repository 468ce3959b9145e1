import fc from 'fast-check';
import { RecordId, Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { parseRecordReference } from './record-reference.ts';

describe('a record reference', () => {
  it('is read back as the SDK prints it, whatever the key', () => {
    const key = fc.oneof(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.string({
        minLength: 1,
        unit: fc.constantFrom('a', '1', '_', '-', '⟩', '⟨', '\\', '`', ':', ' ', '(', ')', '.'),
      }),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(key, (id) => {
        const record = new RecordId('thread', id);
        const read = parseRecordReference('thread', String(record));
        // The SDK prints a backslash as it is, so such a key cannot be told from another one: none or the right one.
        if (String(id).includes('\\')) expect(read === undefined || read.equals(record)).toBe(true);
        else expect(read?.equals(record), String(record)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('may be quoted in either way, or a UUID', () => {
    expect(parseRecordReference('thread', 'thread:`a b`')?.id).toBe('a b');
    expect(parseRecordReference('thread', 'thread:⟨a b⟩')?.id).toBe('a b');
    const uuid = '018f6a3e-7b5c-7000-8000-000000000000';
    expect(parseRecordReference('thread', `thread:u'${uuid}'`)?.id).toEqual(new Uuid(uuid));
  });

  it.each([
    '',
    'thread',
    'thread:',
    'user:abc',
    'threads:abc',
    ' thread:abc',
    'thread:abc ',
    'thread:a b',
    'thread:ulid()',
    'thread:rand()',
    'thread:1..9',
    'thread:..',
    "thread:['a']",
    'thread:{ a: 1 }',
    'thread:⟨⟩',
    'thread:⟨a⟩b⟩',
    'thread:`a`; DELETE thread; --`',
    'thread:abc; DELETE thread',
    'thread:$auth',
    'thread:99999999999999999999',
    "thread:u'not-a-uuid'",
  ])('is not %j', (text) => {
    expect(parseRecordReference('thread', text)).toBeUndefined();
  });
});
