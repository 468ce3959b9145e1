/**
 * Makes text from outside (fields of a job, the reason of a backend, the name of a file) safe to print. After that it cannot move the
 * cursor, clear the screen, change the title, fake a second line, or change the reading direction.
 */

// Control characters (C0, DEL, C1), line and paragraph separators, and characters that reorder or hide text.
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' };

/** Makes text printable on one line. Replaces each unprintable character with an escape such as `\n`, `\e` or `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? `\\u{${code(character)}}`);
}

/** Makes each line of a text printable, and keeps the line breaks. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The colours of results: bold, dim, red, yellow, green, and what ends them. None of them can hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
const RESULT_COLOR = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;

/** Like `printableLines`, but keeps colours and ends them with the text. */
export function printableInColor(text: string): string {
  // Every second part is a colour, because the pattern has a group.
  const parts = text.split(RESULT_COLOR);
  const clean = parts.map((part, index) => (index % 2 === 1 ? part : printableLines(part))).join('');
  return parts.length > 1 ? `${clean}\x1b[0m` : clean;
}

/** Formats a value as JSON without unprintable characters, on one line or indented. The JSON parses to the same value. */
export function printableJson(value: unknown, indent?: number): string {
  return printableJsonText(JSON.stringify(value, undefined, indent));
}

/** Like `printableJson`, for text that is JSON already, such as a line of a log. */
export function printableJsonText(json: string): string {
  // Valid JSON has line breaks only outside of strings. Other control characters may be unescaped.
  return json.replace(UNPRINTABLE, (character) =>
    character === '\n' ? '\n' : character.split('').map(jsonEscape).join(''),
  );
}

const code = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);
/** JSON escapes each UTF-16 unit. */
const jsonEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
