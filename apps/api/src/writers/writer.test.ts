import { describe, expect, it } from 'vitest';
import { cutAtSentence } from './writer.ts';

describe('cutting at a sentence', () => {
  it.each([
    ['short enough', 'Short enough.', 20, 'Short enough.'],
    [
      'at the last sentence that fits',
      'One is here. Two is here. Three is far too long.',
      30,
      'One is here. Two is here.',
    ],
    ['after a closing quote', 'He said: "Go now." Then he went on and on.', 24, 'He said: "Go now."'],
    ['at a word, when the sentence is long', 'A sentence that goes on and on without an end.', 20, 'A sentence that…'],
    ['not at the dot of a number', 'It was 3.14159265358979323846 in all.', 12, 'It was…'],
    ['anywhere, when there is no word', 'abcdefghijklmnop', 10, 'abcdefghi…'],
    ['in Japanese', '今日は晴れ。明日は雨でしょう。', 10, '今日は晴れ。'],
  ])('%s', (_name, text, longest, expected) => {
    expect(cutAtSentence(text, longest)).toBe(expected);
  });

  it('counts characters as the database does, and does not split one', () => {
    expect(cutAtSentence('🎃'.repeat(20), 10)).toBe(`${'🎃'.repeat(9)}…`);
  });
});
