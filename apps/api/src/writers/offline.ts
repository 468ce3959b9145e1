import { gapsBetweenSentences, splitAtOwnSentences, takeSentence } from './offline/haunt-sentences.ts';
import { hauntTitle } from './offline/haunt-title.ts';
import { type Budget, hauntWords } from './offline/haunt-words.ts';
import { ECHOES, HAUNTINGS, type Haunting, REPLIES } from './offline/hauntings.ts';
import { looksEnglish } from './offline/language.ts';
import { type SeededRandom, seededRandom } from './offline/seeded-random.ts';
import { tokenize } from './offline/tokens.ts';
import { cutAtSentence, LONGEST_CONTENT, LONGEST_TITLE, type Suggestion, type ThreadText } from './writer.ts';

/** At most one word in this many is replaced; all other changes add text. */
const WORDS_PER_SWAP = 10;
/** The number of the text's own sentences between two added ones. */
const SENTENCES_BETWEEN = 3;
/** What a line of prose can start with besides letters: markers of quotations, lists and headings, which stay. */
const LINE_START = /^(\s*(?:>\s*)*(?:[-*+•]\s+|\d+[.)]\s+|#{1,6}\s+)?)(.*)$/su;
const FENCE = /^\s*(?:```|~~~)/;
/** Indented by four, or shaped like a statement: code, not a sentence. */
const CODE_LINE = /^(?: {4}|\t)|[;{}]\s*$|=>|^\s*[|<]/;

/**
 * Writes a spooky version of a thread without AI. The sentences, names, order and nearly all words stay, and one haunting
 * is added to them. The same text always gets the same version. A text that is already haunted keeps its haunting.
 * Addresses and code do not change. Texts that are not English get signs instead of words.
 *
 * Never throws. Title and content fit the fields of the thread.
 */
export function writeOffline(thread: ThreadText): Suggestion {
  const title = thread.title.toWellFormed().trim().replace(/\s+/gu, ' ');
  const content = thread.content.toWellFormed().trim();
  const random = seededRandom(`${title}\n${content}`);
  const haunting = existingHaunting(content) ?? random.pick(HAUNTINGS);
  const english = looksEnglish(`${title} ${content}`) || content === '';
  const written = english
    ? { title: hauntTitle(title, haunting, random), content: hauntContent(content, haunting, random) }
    : { title: withSign(title, LONGEST_TITLE, haunting), content: withSign(content, LONGEST_CONTENT, haunting) };
  return {
    title: cutAtSentence(written.title, LONGEST_TITLE),
    content: cutAtSentence(written.content, LONGEST_CONTENT),
    writer: 'offline',
  };
}

/** Returns the haunting that an earlier version of this text has. */
function existingHaunting(content: string): Haunting | undefined {
  return HAUNTINGS.find(({ openings, closings }) => [...openings, ...closings].some((one) => content.includes(one)));
}

function hauntContent(content: string, haunting: Haunting, random: SeededRandom): string {
  const room = LONGEST_CONTENT - [...content].length;
  const budget: Budget = { room, swaps: Math.floor((content.match(/\p{L}+/gu)?.length ?? 0) / WORDS_PER_SWAP) };
  const unused = (list: readonly string[]): string[] => random.shuffle(list).filter((one) => !content.includes(one));
  const isNew = existingHaunting(content) === undefined;
  const opening = isNew ? takeSentence(random.shuffle(haunting.openings), budget) : undefined;
  const closing = isNew ? takeSentence(random.shuffle(haunting.closings), budget) : undefined;
  const lists = { statement: unused(haunting.interludes), question: unused(REPLIES), exclamation: unused(ECHOES) };

  let fenced = false;
  let sentences = isNew ? 1 : 0;
  const hauntProse = (text: string, mayInterrupt: boolean): string => {
    const tokens = tokenize(text);
    let output = '';
    let from = 0;
    for (const gap of mayInterrupt ? gapsBetweenSentences(tokens) : []) {
      sentences++;
      if (sentences < SENTENCES_BETWEEN) continue;
      const sentence = takeSentence(lists[gap.ending], budget);
      if (sentence === undefined) continue;
      output += `${hauntWords(tokens.slice(from, gap.index), random, budget)}${sentence} `;
      from = gap.index;
      sentences = 0;
    }
    return output + hauntWords(tokens.slice(from), random, budget);
  };
  const lines = content.split('\n').map((line) => {
    const fence = FENCE.test(line);
    if (fence) fenced = !fenced;
    if (fenced || fence || CODE_LINE.test(line)) return line;
    const [, start = '', text = ''] = LINE_START.exec(line) ?? [];
    // No sentences are added inside lists, headings and quotations.
    const mayInterrupt = start.trim() === '';
    const pieces = splitAtOwnSentences(text);
    return start + pieces.map((piece, index) => (index % 2 === 1 ? piece : hauntProse(piece, mayInterrupt))).join('');
  });
  return frame(lines.join('\n'), opening, closing);
}

/**
 * Adds opening and closing in the same paragraph if the text is one paragraph of full sentences, else as separate
 * paragraphs.
 */
function frame(text: string, opening: string | undefined, closing: string | undefined): string {
  const single = !text.includes('\n');
  const after = single && /[.!?…]$/.test(text) ? ' ' : '\n\n';
  const before = single && /^["“‘(]?\p{Lu}/u.test(text) && after === ' ' ? ' ' : '\n\n';
  return [opening, opening && before, text, closing && text && after, closing].filter(Boolean).join('');
}

/**
 * For other languages: puts the sign of the haunting before and after the text, once, because English words would not fit.
 */
function withSign(text: string, longest: number, { sign }: Haunting): string {
  const haunted = HAUNTINGS.some((one) => text.startsWith(`${one.sign} `) && text.endsWith(` ${one.sign}`));
  if (haunted || [...text].length + 2 * [...sign].length + 2 > longest) return text;
  return `${sign} ${text} ${sign}`;
}
