import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_NOTE, parseProgress } from './report.ts';

test('accepts only reports that fit the row, and explains every rejection', () => {
  const report = fc.record(
    { value: fc.oneof(fc.double(), fc.jsonValue()), note: fc.oneof(fc.string({ maxLength: 300 }), fc.jsonValue()) },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    report.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(text, (sent) => {
      const taken = parseProgress(sent);
      if (typeof taken === 'string') {
        expect(taken).not.toBe('');
        return;
      }
      const { value = 0, note = '', ...others } = taken;
      expect(others).toEqual({});
      expect('value' in taken || 'note' in taken).toBe(true);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(note.length).toBeLessThanOrEqual(MAX_NOTE);
      expect(note).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(note.isWellFormed()).toBe(true);
    }),
  );
});

test.each([
  ['{"value":0}', { value: 0 }],
  ['{"value":1,"note":""}', { value: 1, note: '' }],
  [' {"note":"a\\nb"} ', { note: 'a b' }],
])('accepts %s', (sent, progress) => {
  expect(parseProgress(sent)).toEqual(progress);
});
