import type { Budget } from './haunt-words.ts';
import { OWN_SENTENCES } from './hauntings.ts';
import type { Token } from './tokens.ts';

const ABBREVIATION = /^(mr|mrs|ms|dr|prof|st|vs|etc|eg|ie|no|vol|fig|approx|dept|inc|ltd|jr|sr|[a-z])$/i;

/** How a sentence ends. It decides which kind of sentence can follow. */
export type Ending = 'statement' | 'question' | 'exclamation';

/** A place between two sentences of one line: before the token `index`. */
export interface Gap {
  index: number;
  ending: Ending;
}

/** Returns the places between the sentences of a line, except inside brackets and quotations. */
export function gapsBetweenSentences(tokens: readonly Token[]): Gap[] {
  const gaps: Gap[] = [];
  let brackets = 0;
  let quotes = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'mark') continue;
    brackets += count(token.text, /[([]/g) - count(token.text, /[)\]]/g);
    quotes += count(token.text, /["“”„«»]/g);
    const end = /^([.!?…]+)$/.exec(token.text)?.[1];
    const next = tokens[index + 2];
    if (end === undefined || brackets > 0 || quotes % 2 === 1) continue;
    if (tokens[index + 1]?.kind !== 'space' || next?.kind !== 'word' || !/^\p{Lu}/u.test(next.text)) continue;
    if (end === '.' && ABBREVIATION.test(tokens[index - 1]?.text ?? '')) continue;
    gaps.push({
      index: index + 2,
      ending: end.includes('?') ? 'question' : end.includes('!') ? 'exclamation' : 'statement',
    });
  }
  return gaps;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Takes the next sentence of a list if the budget has room for it and a space. */
export function takeSentence(list: string[], budget: Budget): string | undefined {
  const sentence = list[0];
  if (sentence === undefined || sentence.length + 2 > budget.room) return undefined;
  list.shift();
  budget.room -= sentence.length + 2;
  return sentence;
}

const OWN = new RegExp(`(${OWN_SENTENCES.map((sentence) => sentence.replace(/[.?]/g, '\\$&')).join('|')})`, 'u');

/** Splits a line so that every second piece is a sentence that an earlier version added. */
export function splitAtOwnSentences(line: string): string[] {
  return line.split(OWN);
}
