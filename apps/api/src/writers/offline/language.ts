import { ENGLISH } from './lexicon.ts';

/**
 * Whether English words can be added to a text. A long text must contain common English words; for a short one, plain
 * letters are enough.
 */
export function looksEnglish(text: string): boolean {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length === 0) return false;
  const plain = words.filter((word) => /^[a-z]+$/.test(word)).length;
  if (plain / words.length < 0.8) return false;
  const common = words.filter((word) => ENGLISH.has(word)).length;
  return words.length < 8 ? plain === words.length : common / words.length >= 0.1;
}
