import { openEngine } from '@spookify/embedded-surreal';
import fc from 'fast-check';
import { RecordId, Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { parseRecordId } from './record-id.ts';

const uuid = '0191aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa';
const READ: readonly (readonly [text: string, table: string, key: unknown])[] = [
  ['thread:abc', 'thread', 'abc'],
  ['thread:1', 'thread', 1],
  ['thread:-1', 'thread', -1],
  ['thread:+1', 'thread', 1],
  ['thread:01', 'thread', 1],
  ['thread:1abc', 'thread', '1abc'],
  ['thread:1e5', 'thread', '1e5'],
  ['thread:_x', 'thread', '_x'],
  ['thread:select', 'thread', 'select'],
  ['thread:9223372036854775807', 'thread', 9223372036854775807n],
  ['thread:-9223372036854775808', 'thread', -9223372036854775808n],
  ['thread:9223372036854775808', 'thread', '9223372036854775808'],
  ['thread:⟨1⟩', 'thread', '1'],
  ['thread:⟨⟩', 'thread', ''],
  ['thread:⟨x y⟩', 'thread', 'x y'],
  ['thread:⟨a`b⟩', 'thread', 'a`b'],
  ['thread:`x y`', 'thread', 'x y'],
  ['thread:`a\\`b`', 'thread', 'a`b'],
  ['thread:`a\\\\b`', 'thread', 'a\\b'],
  ['thread:⟨a\\nb⟩', 'thread', 'a\nb'],
  ['thread:⟨a\nb⟩', 'thread', 'a\nb'],
  ['thread:`a\\u{41}b`', 'thread', 'aAb'],
  ['⟨x y⟩:b', 'x y', 'b'],
  ['`x y`:b', 'x y', 'b'],
  [`thread:u'${uuid}'`, 'thread', new Uuid(uuid)],
  [`thread:u"${uuid}"`, 'thread', new Uuid(uuid)],
];

describe('parseRecordId', () => {
  it('parses like the database', async () => {
    const engine = await openEngine({ type: 'memory' });
    await engine.use('main', 'main');
    for (const [text, table, key] of READ) {
      const expected = new RecordId(table, key as string);
      const [read] = await engine.query('RETURN <record> $text', { text });
      const parsed = parseRecordId(text);
      expect([text, expected.equals(read), expected.equals(parsed)]).toEqual([text, true, true]);
    }
    await engine.close();
  });

  it('parses what a RecordId prints', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((name) => !name.includes('\\'));
    const keys = fc.oneof(names, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger(), fc.uuid());
    fc.assert(
      fc.property(names, keys, (table, key) => {
        const id = new RecordId(table, key);
        expect(id.equals(parseRecordId(String(id)))).toBe(true);
      }),
    );
  });

  it.each([
    '',
    'thread',
    'thread:',
    ':abc',
    'thread:a-b',
    'thread:a:b',
    'thread:a b',
    ' thread:a',
    'thread:a ',
    'thread:a..b',
    'thread:1.5',
    'thread:rand()',
    'thread:[1]',
    'thread:{ a: 1 }',
    'thread:⟨a',
    'thread:⟨a⟩b⟩',
    'thread:`a`b`',
    'thread:`a\\x`',
    'thread:`a\\u{110000}`',
    '⟨⟩:a',
    '1a:b',
    'ä:b',
    "thread:u'x'",
    'https://example.com/a',
    "thread:a'; REMOVE TABLE thread; --",
  ])('refuses %j', (text) => {
    expect(parseRecordId(text)).toBeUndefined();
  });
});
