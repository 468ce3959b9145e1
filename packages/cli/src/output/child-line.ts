import { stripVTControlCharacters } from 'node:util';

/*
 * Whole sequences, so that nothing of them is left as text: CSI with anything but the plain parameters of a colour, then the
 * strings that set titles and the like, then what selects a character set or resets the terminal.
 */
const NOT_COLOR =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  /\x1b(?:\[(?![0-9;:]*m)[\x20-\x3f]*[\x40-\x7e]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[\x20-\x2f]+[\x30-\x7e]|[0-OQ-WYZ\\`-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
/** What is left of sequences that were cut short, or put into each other. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const STRAY_ESCAPE = /\x1b(?!\[[0-9;:]*m)/g;
const RESET = '\x1b[0m';

/**
 * One line of a child, fit to be printed after a prefix. Its colours stay but end with the line; codes that move the
 * cursor, clear the screen or reorder text are removed; of a line that was overwritten in place, the last version counts.
 */
export function childLine(line: string, color: boolean): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  if (!color) return stripVTControlCharacters(last).replace(CONTROL, '').replaceAll('\x1b', '');
  const clean = last.replace(NOT_COLOR, '').replace(CONTROL, '').replace(STRAY_ESCAPE, '');
  return clean.includes('\x1b') ? `${clean}${RESET}` : clean;
}
