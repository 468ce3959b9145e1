import { gapsBetweenSentences, splitAtOwnSentences, takeSentence } from './offline/haunt-sentences.ts';
import { hauntTitle } from './offline/haunt-title.ts';
import { type Budget, hauntWords } from './offline/haunt-words.ts';
import { ECHOES, HAUNTINGS, type Haunting, REPLIES } from './offline/hauntings.ts';
import { looksEnglish } from './offline/language.ts';
import { type SeededRandom, seededRandom } from './offline/seeded-random.ts';
import { tokenize } from './offline/tokens.ts';
import { cutAtSentence, LONGEST_CONTENT, LONGEST_TITLE, type Suggestion, type ThreadText } from './writer.ts';

/** At most one word in this many is replaced by another; everything else is only added to. */
const WORDS_PER_SWAP = 10;
/** Sentences of the text between two of ours. */
const SENTENCES_BETWEEN = 3;
/** What lines of prose may start with, besides letters: quotations, lists and headings keep their marks. */
const LINE_START = /^(\s*(?:>\s*)*(?:[-*+•]\s+|\d+[.)]\s+|#{1,6}\s+)?)(.*)$/su;
const FENCE = /^\s*(?:```|~~~)/;
/** Indented by four, or ending and shaped like a statement: a program, not a sentence. */
const CODE_LINE = /^(?: {4}|\t)|[;{}]\s*$|=>|^\s*[|<]/;

/**
 * Writes a spooky version of a thread without any AI: its sentences, names, order and nearly all of its words stay, and
 * one haunting moves in around them. The same text always gets the same version; a text that is already haunted keeps
 * its ghost. Addresses and code are never touched; texts that are not English get signs instead of words.
 *
 * Never throws; the title and content fit the thread's fields.
 */
export function writeOffline(thread: ThreadText): Suggestion {
  const title = thread.title.toWellFormed().trim().replace(/\s+/gu, ' ');
  const content = thread.content.toWellFormed().trim();
  const random = seededRandom(`${title}\n${content}`);
  const haunting = resident(content) ?? random.pick(HAUNTINGS);
  const english = looksEnglish(`${title} ${content}`) || content === '';
  const written = english
    ? { title: hauntTitle(title, haunting, random), content: hauntContent(content, haunting, random) }
    : { title: signed(title, LONGEST_TITLE, haunting), content: signed(content, LONGEST_CONTENT, haunting) };
  return {
    title: cutAtSentence(written.title, LONGEST_TITLE),
    content: cutAtSentence(written.content, LONGEST_CONTENT),
    writer: 'offline',
  };
}

/** The haunting that an earlier version of this text already has. */
function resident(content: string): Haunting | undefined {
  return HAUNTINGS.find(({ openings, closings }) => [...openings, ...closings].some((one) => content.includes(one)));
}

function hauntContent(content: string, haunting: Haunting, random: SeededRandom): string {
  const room = LONGEST_CONTENT - [...content].length;
  const budget: Budget = { room, swaps: Math.floor((content.match(/\p{L}+/gu)?.length ?? 0) / WORDS_PER_SWAP) };
  const unused = (list: readonly string[]): string[] => random.shuffle(list).filter((one) => !content.includes(one));
  const isNew = resident(content) === undefined;
  const opening = isNew ? takeSentence(random.shuffle(haunting.openings), budget) : undefined;
  const closing = isNew ? takeSentence(random.shuffle(haunting.closings), budget) : undefined;
  const lists = { told: unused(haunting.interludes), asked: unused(REPLIES), cried: unused(ECHOES) };

  let fenced = false;
  let sentences = isNew ? 1 : 0;
  const hauntProse = (text: string, mayInterrupt: boolean): string => {
    const tokens = tokenize(text);
    let output = '';
    let from = 0;
    for (const gap of mayInterrupt ? gapsBetweenSentences(tokens) : []) {
      sentences++;
      if (sentences < SENTENCES_BETWEEN) continue;
      const said = takeSentence(lists[gap.ending], budget);
      if (said === undefined) continue;
      output += `${hauntWords(tokens.slice(from, gap.index), random, budget)}${said} `;
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
    // Lists, headings and quotations are no place for a story to be told in between.
    const mayInterrupt = start.trim() === '';
    const pieces = splitAtOwnSentences(text);
    return start + pieces.map((piece, index) => (index % 2 === 1 ? piece : hauntProse(piece, mayInterrupt))).join('');
  });
  return frame(lines.join('\n'), opening, closing);
}

/** In the same paragraph when the text is one and reads on from a sentence, in paragraphs of their own otherwise. */
function frame(text: string, opening: string | undefined, closing: string | undefined): string {
  const single = !text.includes('\n');
  const after = single && /[.!?…]$/.test(text) ? ' ' : '\n\n';
  const before = single && /^["“‘(]?\p{Lu}/u.test(text) && after === ' ' ? ' ' : '\n\n';
  return [opening, opening && before, text, closing && text && after, closing].filter(Boolean).join('');
}

/** For other languages: the haunting's sign before and after, once, since its words would be out of place. */
function signed(text: string, longest: number, { sign }: Haunting): string {
  const haunted = HAUNTINGS.some((one) => text.startsWith(`${one.sign} `) && text.endsWith(` ${one.sign}`));
  if (haunted || [...text].length + 2 * [...sign].length + 2 > longest) return text;
  return `${sign} ${text} ${sign}`;
}
