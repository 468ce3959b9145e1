import { expect, test } from 'vitest';
import { settled } from './settled.ts';

const both = { title: 'Dusk', content: 'It crept.' };

test('accepting writes the part into the thread and takes it from the suggestion', () => {
  expect(settled(both, 'title', true)).toStrictEqual({ thread: { title: 'Dusk' }, suggestion: { title: undefined } });
  expect(settled(both, 'content', true)).toStrictEqual({
    thread: { content: 'It crept.' },
    suggestion: { content: undefined },
  });
});

test('dismissing takes the part from the suggestion and leaves the thread', () => {
  expect(settled(both, 'title', false)).toStrictEqual({ thread: undefined, suggestion: { title: undefined } });
});

test('the suggestion goes with its last part', () => {
  expect(settled({ title: 'Dusk' }, 'title', false)).toStrictEqual({ thread: undefined, suggestion: 'delete' });
  expect(settled({ content: 'It crept.' }, 'content', true)).toStrictEqual({
    thread: { content: 'It crept.' },
    suggestion: 'delete',
  });
});
