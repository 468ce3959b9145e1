import { expect, test } from 'vitest';
import { settled } from './settled.ts';

const both = { title_suggestion: 'Dusk', content_suggestion: 'It crept.' };

test('accepting puts the suggestion in place of the original and takes it away', () => {
  expect(settled(both, 'title', true)).toStrictEqual({ title: 'Dusk', title_suggestion: undefined });
  expect(settled(both, 'text', true)).toStrictEqual({ content: 'It crept.', content_suggestion: undefined });
});

test('dismissing takes it away and leaves the original', () => {
  expect(settled(both, 'title', false)).toStrictEqual({ title_suggestion: undefined });
});

test('with the last suggestion goes its writer', () => {
  expect(settled({ title_suggestion: 'Dusk' }, 'title', false)).toStrictEqual({
    title_suggestion: undefined,
    suggested_by: undefined,
  });
  expect(settled({ content_suggestion: 'It crept.' }, 'text', true)).toStrictEqual({
    content: 'It crept.',
    content_suggestion: undefined,
    suggested_by: undefined,
  });
});
