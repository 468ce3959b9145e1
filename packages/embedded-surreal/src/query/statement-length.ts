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

const WORD = /[\w$.@\x80-\xff]+/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/y;
const COMMENT = /\/\*[\s\S]*?\*\/|(?:--|\/\/|#)[^\n]*/y;

/**
 * Whether some row of the text, one character a byte, is too long. A `/` may begin a regular expression, in which quotes
 * are no strings: where one stands, what seems to be in strings and comments is counted too, which can only be too strict.
 */
export function isTooLong(text: string): boolean {
  if (text.length < SHORT) return false;
  return hasLongRow(text, true) ?? hasLongRow(text, false) ?? false;
}

/** Undefined when a `/` stands outside of strings and comments, and they were to be passed over. */
function hasLongRow(text: string, passOver: boolean): boolean | undefined {
  const outer: number[] = [];
  let row = 0;
  for (let at = 0; at < text.length; ) {
    const end = passOver ? (endOf(STRING, text, at) ?? endOf(COMMENT, text, at)) : undefined;
    if (end !== undefined) {
      at = end;
      continue;
    }
    const character = text[at] ?? '';
    if (passOver && character === '/') return undefined;
    at = endOf(WORD, text, at) ?? at + 1;
    if (character === ',' || character === ';') row = 0;
    else if ('([{'.includes(character)) {
      outer.push(row);
      row = 0;
    } else if (')]}'.includes(character)) row = (outer.pop() ?? 0) + 1;
    else if (character > ' ') row += 1;
    if (row > MAX_ROW) return true;
  }
  return false;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
