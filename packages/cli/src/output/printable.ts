/**
 * Text from outside (a job's fields, a backend's reason, a file's name) made safe to print: nothing in it can move the
 * cursor, clear the screen, change the title, fake a second line, or turn the reading direction of what follows.
 */

// Controls (C0, DEL, C1), line and paragraph separators, and the marks that reorder or hide text.
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' };

/** One line: each unprintable character is written as an escape such as `\n`, `\e` or `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? `\\u{${code(character)}}`);
}

/** Text that may have lines: each line is made printable, the line breaks stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** A value as JSON whose text holds no unprintable characters, on one line or indented. Parses to the same value. */
export function printableJson(value: unknown, indent?: number): string {
  return printableJsonText(JSON.stringify(value, undefined, indent));
}

/** As `printableJson`, of JSON that is text already, such as a line of a log. */
export function printableJsonText(json: string): string {
  // Whoever wrote it has escaped what JSON requires and left the rest; its own line breaks are outside of strings.
  return json.replace(UNPRINTABLE, (character) =>
    character === '\n' ? '\n' : `\\u${code(character).padStart(4, '0')}`,
  );
}

const code = (character: string): string => character.charCodeAt(0).toString(16);
