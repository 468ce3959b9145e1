import { expect, test } from 'vitest';
import { draftProblems, TITLE_LIMIT } from './limits.ts';

test('a title and a text within their limits have no problem', () => {
  expect(draftProblems({ title: 'x'.repeat(TITLE_LIMIT), content: 'It rained.' })).toBeUndefined();
});

test('blanks are no title and no text', () => {
  expect(draftProblems({ title: '  ', content: '\n' })).toEqual({
    title: 'A thread needs a title.',
    content: 'A thread needs a text.',
  });
});

test('says how many characters are too many, counted as the database counts', () => {
  expect(draftProblems({ title: '\u{1F319}'.repeat(TITLE_LIMIT), content: 'x' })).toBeUndefined();
  expect(draftProblems({ title: 'x'.repeat(TITLE_LIMIT + 3), content: 'x' })?.title).toMatch(/^3 characters too many/);
});
