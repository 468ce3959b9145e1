/**
 * How far a character or an escape sequence may reach beyond a cut. Longer ones are cut. A text should be cut only when
 * this many more units have arrived.
 */
export const CUT_MARGIN = 64;

/** The start of an escape sequence whose end is missing: of a colour, a title or the like. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const OPEN_ESCAPE = /^\x1b(?:[[(#%]?[\x20-\x3f]*|[\]PX^_][^\x07\x1b]*\x1b?)$/;

/**
 * Returns where to cut a text so that the first part has at most `max` UTF-16 units, and no visible character (such as
 * an emoji of several code points) and no escape sequence is divided. Returns the length of a text that is short
 * enough.
 */
export function cutAt(text: string, max: number): number {
  if (text.length <= max) return text.length;
  const opened = text.lastIndexOf('\x1b', max - 1);
  if (opened > 0 && max - opened < CUT_MARGIN && OPEN_ESCAPE.test(text.slice(opened, max))) return opened;
  if (isAscii(text, max - 1) && isAscii(text, max)) return max;
  const start = new Intl.Segmenter().segment(text.slice(0, max + CUT_MARGIN)).containing(max)?.index ?? max;
  if (start > 0 && max - start <= CUT_MARGIN) return start;
  return isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max;
}

/** Returns the text, or its start of at most `max` units and `…`. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, cutAt(text, max))}…`;
}

function isAscii(text: string, at: number): boolean {
  return text.charCodeAt(at) < 0x80;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
