import { expect, it } from 'vitest';
import { mayWrite } from './may-write.ts';

it('recognises texts that may write by their words, except texts that are marked', () => {
  expect(mayWrite('UPDATE job SET n = 1')).toBe(true);
  expect(mayWrite('RETURN { UPSERT job:1 }')).toBe(true);
  expect(mayWrite('SELECT * FROM created')).toBe(false);
  expect(mayWrite('-- no write signal\nRETURN { UPSERT job:1 }')).toBe(false);
  expect(mayWrite('SELECT 1;\n-- no write signal\nUPSERT job:1')).toBe(true);
});
