import {
  ADVERBS,
  AFTER_A_NOUN,
  ANY_NOUN,
  adjectivesFor,
  DEEDS,
  DETERMINERS,
  INTENSIFIERS,
  LINKS,
  NOT_A_NOUN,
  NOUN_SWAPS,
  PLAIN_ADJECTIVES,
  PRONOUNS,
  SPOOKY_WORDS,
  STATES,
  SWAPS,
  TIMES,
} from './lexicon.ts';
import type { SeededRandom } from './seeded-random.ts';
import { neighbour, type Token } from './tokens.ts';

/** How much can still be added and replaced; shared by all lines of one text. */
export interface Budget {
  /** The number of characters by which the text can still grow. */
  room: number;
  /** The number of words of the source that can still be replaced. */
  swaps: number;
}

/** One change to a word: text before it, instead of it, or after it. */
interface Change {
  before?: string;
  instead?: string;
  after?: string;
}

/** The share of possible changes that are made. The rest of the text stays, so that it keeps its own voice. */
const SHARE = 0.7;

/**
 * Adds spooky words to one line of English without changing the structure of its sentences: adjectives before nouns,
 * adverbs before verbs, and a few replaced nouns. Names, quotations and `kept` tokens do not change.
 *
 * @param title in a title, a capital letter does not mean a name
 */
export function hauntWords(tokens: readonly Token[], random: SeededRandom, budget: Budget, title = false): string {
  const words = bags(random);
  const output = tokens.map(({ text }) => text);
  let quiet = 0; // words since the last change; two changes in a row read badly
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    quiet++;
    if (quiet < 2 && index > 2) continue;
    const change = changeOf(tokens, index, words, budget, title);
    if (change === undefined || !random.chance(SHARE)) continue;
    const replacement = `${change.before ?? ''}${change.instead ?? token.text}${change.after ?? ''}`;
    const growth = replacement.length - token.text.length + 1;
    if (growth > budget.room) continue;
    budget.room -= Math.max(0, growth);
    if (change.instead !== undefined) budget.swaps--;
    output[index] = replacement;
    if (change.after === undefined) fitArticle(tokens, index, replacement, output);
    quiet = 0;
  }
  return output.join('');
}

/** Shuffles each list and takes from it in turn, so that a word is repeated only after all others were used. */
function bags(random: SeededRandom): (list: readonly string[]) => string {
  const orders = new Map<readonly string[], string[]>();
  return (list) => {
    const order = orders.get(list)?.length ? (orders.get(list) ?? []) : random.shuffle(list);
    const word = order.shift() ?? '';
    orders.set(list, order);
    return word;
  };
}

function changeOf(
  tokens: readonly Token[],
  index: number,
  take: (list: readonly string[]) => string,
  budget: Budget,
  title: boolean,
): Change | undefined {
  const text = tokens[index]?.text ?? '';
  const word = text.toLowerCase();
  const previous = neighbour(tokens, index, -1)?.text.toLowerCase();
  const capital = text !== word;
  // A capital inside a sentence marks a name: the White House must not change.
  if (capital && !title && previous !== undefined) return undefined;
  if (previous !== undefined && SPOOKY_WORDS.has(previous)) return undefined;
  const like = (insert: string): string => inCaseOf(text, insert, title);

  const times = TIMES.get(word);
  if (times !== undefined && !title) {
    const next = tokens[index + 1];
    const closed = next === undefined || next.kind === 'mark';
    if (next?.kind === 'mark' && /^-/.test(next.text)) return undefined;
    return { after: `, ${take(times)}${closed ? '' : ','}` };
  }
  if (previous === undefined) return undefined;

  if (PRONOUNS.has(previous) && isDeed(word)) return { before: `${like(take(ADVERBS))} ` };
  const intensifier = LINKS.has(previous) ? INTENSIFIERS.get(word) : undefined;
  if (intensifier !== undefined) return { before: `${like(intensifier)} ` };
  const swap = SWAPS.get(word);
  if (swap !== undefined && budget.swaps > 0) return { instead: like(swap) };

  if (!startsNoun(tokens, index)) return undefined;
  const nounSwap = NOUN_SWAPS.get(word);
  if (nounSwap !== undefined && budget.swaps > 0) return { instead: like(nounSwap) };
  const adjectives = adjectivesFor(word) ?? (isSurelyNoun(tokens, index) ? ANY_NOUN : undefined);
  return adjectives === undefined ? undefined : { before: `${like(take(adjectives))} ` };
}

function isDeed(word: string): boolean {
  return DEEDS.has(word) || (word.length > 4 && word.endsWith('ed') && !STATES.has(word));
}

/** Whether a determiner comes before it, directly or with one plain adjective between: `my house`, `the old house`. */
function startsNoun(tokens: readonly Token[], index: number): boolean {
  const previous = neighbour(tokens, index, -1)?.text.toLowerCase() ?? '';
  if (DETERMINERS.has(previous)) return true;
  return PLAIN_ADJECTIVES.has(previous) && DETERMINERS.has(neighbour(tokens, index - 2, -1)?.text.toLowerCase() ?? '');
}

/** Whether an unknown word after a determiner is a noun because its phrase ends with it: `the kiosk on the corner`. */
function isSurelyNoun(tokens: readonly Token[], index: number): boolean {
  const word = tokens[index]?.text.toLowerCase() ?? '';
  const previous = neighbour(tokens, index, -1)?.text.toLowerCase() ?? '';
  if (!/^(the|a|an|my|your|our|his|their|its)$/.test(previous)) return false;
  if (!/^\p{L}{3,}$/u.test(word) || NOT_A_NOUN.has(word) || DETERMINERS.has(word) || /(ly|ing|ed|'s|’s)$/.test(word)) {
    return false;
  }
  const next = tokens[index + 1];
  if (next === undefined) return true;
  if (next.kind === 'mark') return /^[.,;:!?…)]/.test(next.text);
  return AFTER_A_NOUN.has(neighbour(tokens, index, 1)?.text.toLowerCase() ?? '');
}

/** `a house` becomes `a haunted house`, `an apple` becomes `a bewitched apple`, `a day` becomes `an ill-starred day`. */
function fitArticle(tokens: readonly Token[], index: number, replacement: string, output: string[]): void {
  const article = neighbour(tokens, index, -1)?.text ?? '';
  if (!/^an?$/i.test(article)) return;
  const fitting = /^[aeiou]/i.test(replacement) ? 'an' : 'a';
  const first = article.charAt(0);
  output[index - 2] =
    article.length > 1 && article === article.toUpperCase() ? fitting.toUpperCase() : first + fitting.slice(1);
}

/**
 * Matches the case of the inserted word to its neighbour: capitals beside CAPITALS, capitalised beside a capitalised word
 * of a title.
 */
function inCaseOf(model: string, insert: string, title: boolean): string {
  if (model.length > 1 && model === model.toUpperCase() && model !== model.toLowerCase()) return insert.toUpperCase();
  const capital = /^\p{Lu}/u.test(model);
  if (!capital) return insert;
  return title
    ? insert.replace(/(^|[ -])\p{L}/gu, (letter) => letter.toUpperCase())
    : insert.charAt(0).toUpperCase() + insert.slice(1);
}
