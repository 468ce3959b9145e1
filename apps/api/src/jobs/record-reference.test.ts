import fc from 'fast-check';
import { RecordId, Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { parseRecordReference } from './record-reference.ts';

describe('a record reference', () => {
  it('is read as the SDK prints it, for any key', () => {
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
        const record = new RecordId('note', id);
        const read = parseRecordReference('note', String(record));
        // The SDK does not escape a backslash, so such a key is ambiguous: the result must be none or the right one.
        if (String(id).includes('\\')) expect(read === undefined || read.equals(record)).toBe(true);
        else expect(read?.equals(record), String(record)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('can be quoted in two ways or be a UUID', () => {
    expect(parseRecordReference('note', 'note:`a b`')?.id).toBe('a b');
    expect(parseRecordReference('note', 'note:⟨a b⟩')?.id).toBe('a b');
    const uuid = '018f6a3e-7b5c-7000-8000-000000000000';
    expect(parseRecordReference('note', `note:u'${uuid}'`)?.id).toEqual(new Uuid(uuid));
  });

  it.each([
    '',
    'note',
    'note:',
    'user:abc',
    'notes:abc',
    ' note:abc',
    'note:abc ',
    'note:a b',
    'note:ulid()',
    'note:rand()',
    'note:1..9',
    'note:..',
    "note:['a']",
    'note:{ a: 1 }',
    'note:⟨⟩',
    'note:⟨a⟩b⟩',
    'note:`a`; DELETE note; --`',
    'note:abc; DELETE note',
    'note:$auth',
    'note:99999999999999999999',
    "note:u'not-a-uuid'",
  ])('is not %j', (text) => {
    expect(parseRecordReference('note', text)).toBeUndefined();
  });
});
