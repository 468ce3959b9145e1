/**
 * How long an expression is that the engine would read and compute recursively.
 *
 * `1 + 1 + 1 …`, `!!!! …` and `<int><int> …` are as deep for the engine as they are long, and it counts nothing of it
 * while it reads them: with its stack of 64 MiB, 10,000 terms were fine and 30,000 ended the process. What lists and
 * objects nest, it counts itself.
 */

/** Words and operators in a row, without `,` or `;` between them; people write some dozens. */
export const MAX_ROW = 10_000;

const SHORT = 8_000;

/** Not `.` and `@`, which are also operators (`1..1`, `a @@ b`), and no character that is one itself (`×`, `∈`, `⟨`). */
const WORD = /(?:[\w$]|(?!\xc3[\x97\xb7]|\xe2[\x88-\x8b\x9f])[\x80-\xff])+/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/y;
/** A name in `⟨` and `⟩`, in which quotes begin no string. */
const ANGLED_NAME = /\xe2\x9f\xa8(?:\\[\s\S]|(?!\xe2\x9f\xa9)[^\\])*\xe2\x9f\xa9/y;
/** The engine ends a line at five characters: `\n`, `\r`, U+0085, U+2028 and U+2029. */
const COMMENT = /\/\*[\s\S]*?\*\/|(?:--|\/\/|#)(?:(?!\xc2\x85|\xe2\x80[\xa8\xa9])[^\n\r])*/y;

/** How to count: with strings and comments passed over, with them counted, or the whole text as a single row. */
type Counting = 'passing over' | 'everything' | 'whole';

/**
 * Whether some row of the text, one character a byte, is too long. A `/` may begin a regular expression, in which quotes
 * are no strings: where one stands, what seems to be in strings and comments is counted too. A comma in them would still
 * end a row, so for a text that may be hostile the whole of it is one row.
 */
export function isTooLong(text: string, mayBeHostile: boolean): boolean {
  if (text.length < SHORT) return false;
  return hasLongRow(text, 'passing over') ?? hasLongRow(text, mayBeHostile ? 'whole' : 'everything') ?? false;
}

/** Undefined when a `/` stands outside of strings and comments, and they were to be passed over. */
function hasLongRow(text: string, counting: Counting): boolean | undefined {
  const passOver = counting === 'passing over';
  const outer: number[] = [];
  let row = 0;
  for (let at = 0; at < text.length; ) {
    const end = passOver ? endOfUncounted(text, at) : undefined;
    if (end !== undefined) {
      at = end;
      continue;
    }
    const character = text[at] ?? '';
    if (passOver && character === '/') return undefined;
    at = endOf(WORD, text, at) ?? at + 1;
    if (counting === 'whole') row += character > ' ' ? 1 : 0;
    else if (character === ',' || character === ';') row = 0;
    else if ('([{'.includes(character)) {
      outer.push(row);
      row = 0;
    } else if (')]}'.includes(character)) row = (outer.pop() ?? 0) + 1;
    else if (character > ' ') row += 1;
    if (row > MAX_ROW) return true;
  }
  return false;
}

const endOfUncounted = (text: string, at: number): number | undefined =>
  endOf(STRING, text, at) ?? endOf(ANGLED_NAME, text, at) ?? endOf(COMMENT, text, at);

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
