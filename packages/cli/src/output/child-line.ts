import { stripVTControlCharacters } from 'node:util';

/*
 * Complete escape sequences other than colours: CSI sequences that are not a plain colour, strings that set titles and the like, and
 * sequences that select a character set or reset the terminal. Matching the whole sequence leaves none of it as text.
 */
const NOT_COLOR =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  /\x1b(?:\[(?![0-9;:]*m)[\x20-\x3f]*[\x40-\x7e]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[\x20-\x2f]+[\x30-\x7e]|[0-OQ-WYZ\\`-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/g;
/** Escape characters of incomplete or nested sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const STRAY_ESCAPE = /\x1b(?!\[[0-9;:]*m)/g;
const RESET = '\x1b[0m';

/**
 * Makes a line of a child safe to print after a prefix. Colours stay, but end with the line. Codes that move the cursor, clear the
 * screen or reorder text are removed. If the line was overwritten with carriage returns, the last version remains.
 */
export function childLine(line: string, color: boolean): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  if (!color) return stripVTControlCharacters(last).replace(CONTROL, '').replaceAll('\x1b', '');
  const clean = last.replace(NOT_COLOR, '').replace(CONTROL, '').replace(STRAY_ESCAPE, '');
  return clean.includes('\x1b') ? `${clean}${RESET}` : clean;
}
