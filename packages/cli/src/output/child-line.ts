import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const NOT_COLOR = /\x1b(?:\[[0-9;?]*[A-Za-ln-z@`]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78cDEHM])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
const RESET = '\x1b[0m';

/**
 * One line of a child, fit to be printed after a prefix. Its colours stay but end with the line; codes that move the
 * cursor, clear the screen or reorder text are removed; of a line that was overwritten in place, the last version counts.
 */
export function childLine(line: string, color: boolean): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  if (!color) return stripVTControlCharacters(last).replace(CONTROL, '');
  const clean = last.replace(NOT_COLOR, '').replace(CONTROL, '');
  return clean.includes('\x1b') ? `${clean}${RESET}` : clean;
}
