import { LONGEST_TITLE } from '../writer.ts';
import { hauntWords } from './haunt-words.ts';
import { HAUNTINGS, type Haunting } from './hauntings.ts';
import type { SeededRandom } from './seeded-random.ts';
import { tokenize } from './tokens.ts';

/** Adds an ending to the title: `My old bike` becomes `My old, cursed bike, as the raven tells it`. */
export function hauntTitle(title: string, haunting: Haunting, random: SeededRandom): string {
  if (title === '') return `Untitled, ${random.pick(haunting.titles)}`;
  if (HAUNTINGS.some(({ titles }) => titles.some((one) => title.toLowerCase().includes(one)))) return title;
  const ending = random.pick(haunting.titles);
  const suffix = suffixOf(title, ending);
  const room = LONGEST_TITLE - [...title].length - suffix.length;
  if (room < 0) return title;
  return hauntWords(tokenize(title), random, { room, swaps: 0 }, true) + suffix;
}

/**
 * Formats the ending like the title: capitals after a title in capitals, capitalised after a capitalised one, in
 * parentheses after a full stop.
 */
function suffixOf(title: string, ending: string): string {
  const letters = title.replace(/[^\p{L}]/gu, '');
  const words = title.match(/\p{L}[\p{L}'’-]*/gu) ?? [];
  const capitals = words.filter((word) => /^\p{Lu}/u.test(word)).length;
  const dressed =
    letters.length > 3 && letters === letters.toUpperCase()
      ? ending.toUpperCase()
      : words.length > 1 && capitals / words.length > 0.6
        ? ending.replace(/(^| )(?!(?:in|the|of|by|a|and|as|on|to|be|at|it)\b)\p{L}/gu, (start) => start.toUpperCase())
        : ending;
  if (/[.!?…]$/.test(title)) return ` (${dressed})`;
  return /[\p{L}\p{N}"'”’)]$/u.test(title) ? `, ${dressed}` : ` ${dressed}`;
}
