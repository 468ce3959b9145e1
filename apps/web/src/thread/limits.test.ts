import { expect, test } from 'vitest';
import { draftProblems, TITLE_LIMIT } from './limits.ts';

test('accepts a title and a text within their limits', () => {
  expect(draftProblems({ title: 'x'.repeat(TITLE_LIMIT), content: 'It rained.' })).toBeUndefined();
});

test('rejects blanks as title and text', () => {
  expect(draftProblems({ title: '  ', content: '\n' })).toEqual({
    title: 'A thread needs a title.',
    content: 'A thread needs a text.',
  });
});

test('says how many characters are too many, as the database counts them', () => {
  expect(draftProblems({ title: '\u{1F319}'.repeat(TITLE_LIMIT), content: 'x' })).toBeUndefined();
  expect(draftProblems({ title: 'x'.repeat(TITLE_LIMIT + 3), content: 'x' })?.title).toMatch(/^3 characters too many/);
});
