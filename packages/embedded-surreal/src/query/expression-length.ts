/**
 * Measures how long an expression is that the engine would parse and compute recursively.
 *
 * For the engine, `1 + 1 + 1 …`, `!!!! …` and `<int><int> …` are as deep as they are long, and it does not limit them
 * while it parses. With its stack of 64 MiB, 10,000 terms work and 30,000 end the process. It does limit the nesting of
 * lists and objects.
 */

/** The limit of consecutive words and operators without `,` or `;` between them. Real queries have a few dozen. */
export const MAX_TERMS = 10_000;

const ALWAYS_SHORT = 8_000;

/**
 * Excludes `.` and `@`, which are also operators (`1..1`, `a @@ b`), and characters that are operators or quotes (`×`,
 * `∈`, `⟨`).
 */
const WORD = /(?:[\w$]|(?!\xc3[\x97\xb7]|\xe2[\x88-\x8b\x9f])[\x80-\xff])+/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/y;
/** A name in `⟨` and `⟩`, in which quotes do not start a string. */
const ANGLED_NAME = /\xe2\x9f\xa8(?:\\[\s\S]|(?!\xe2\x9f\xa9)[^\\])*\xe2\x9f\xa9/y;
/** The engine ends a line at five characters: `\n`, `\r`, U+0085, U+2028 and U+2029. */
const COMMENT = /\/\*[\s\S]*?\*\/|(?:--|\/\/|#)(?:(?!\xc2\x85|\xe2\x80[\xa8\xa9])[^\n\r])*/y;

/** How to count: skip strings and comments, count them too, or treat the whole text as one expression. */
type Counting = 'skipping' | 'everything' | 'whole';

/**
 * Whether an expression in the text, given as one character per byte, is too long. A `/` may start a regular expression,
 * in which quotes do not start strings. If there is one, the apparent strings and comments are counted too. A comma
 * inside them would still end an expression, so in a text that may be hostile the whole text counts as one.
 */
export function isTooLong(text: string, mayBeHostile: boolean): boolean {
  if (text.length < ALWAYS_SHORT) return false;
  return hasLongExpression(text, 'skipping') ?? hasLongExpression(text, mayBeHostile ? 'whole' : 'everything') ?? false;
}

/** Undefined if strings and comments are to be skipped but there is a `/` outside of them. */
function hasLongExpression(text: string, counting: Counting): boolean | undefined {
  const skips = counting === 'skipping';
  const outer: number[] = [];
  let terms = 0;
  for (let at = 0; at < text.length; ) {
    const end = skips ? endOfSkipped(text, at) : undefined;
    if (end !== undefined) {
      at = end;
      continue;
    }
    const character = text[at] ?? '';
    if (skips && character === '/') return undefined;
    at = endOf(WORD, text, at) ?? at + 1;
    if (counting === 'whole') terms += character > ' ' ? 1 : 0;
    else if (character === ',' || character === ';') terms = 0;
    else if ('([{'.includes(character)) {
      outer.push(terms);
      terms = 0;
    } else if (')]}'.includes(character)) terms = (outer.pop() ?? 0) + 1;
    else if (character > ' ') terms += 1;
    if (terms > MAX_TERMS) return true;
  }
  return false;
}

const endOfSkipped = (text: string, at: number): number | undefined =>
  endOf(STRING, text, at) ?? endOf(ANGLED_NAME, text, at) ?? endOf(COMMENT, text, at);

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
