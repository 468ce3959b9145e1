import { parseDateTime } from '@spookify/surreal-link/values';
import { Decimal, Duration, RecordId, Uuid } from 'surrealdb';
import { UNKNOWN } from '../values/unknown.ts';

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['TRUE', true],
  ['FALSE', false],
  ['NONE', undefined],
  ['NULL', null],
  ['NAN', Number.NaN],
  ['INFINITY', Number.POSITIVE_INFINITY],
]);

/** Each form of a literal as INFO prints it (tokens.ts), with what reads it. */
const FORMS: readonly (readonly [form: RegExp, read: (...parts: string[]) => unknown])[] = [
  [/^-?\d+$/, (text = '') => BigInt(text)],
  [/^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)f?$/, (_, number) => Number(number)],
  [/^(-?\d+(?:\.\d+)?)dec$/, (_, number = '') => new Decimal(number)],
  [/^s?(?:'(.*)'|"(.*)")$/s, (_, single, double) => textOf(single ?? double ?? '')],
  [/^d['"](.*)['"]$/, (_, text = '') => parseDateTime(text) ?? UNKNOWN],
  [/^u['"]([\da-fA-F-]{36})['"]$/, (_, text = '') => new Uuid(text)],
  [/^(?:\d+(?:ns|us|µs|ms|s|m|h|d|w|y))+$/, (text = '') => new Duration(text)],
  [/^([A-Za-z_]\w*):(.*)$/s, (_, table = '', key = '') => recordOf(table, key)],
];

/**
 * The value of a literal in a permission.
 *
 * @returns UNKNOWN for literals that only the engine reads with certainty
 */
export function readLiteral(text: string): unknown {
  const name = text.toUpperCase();
  if (CONSTANTS.has(name)) return CONSTANTS.get(name);
  for (const [form, read] of FORMS) {
    const found = form.exec(text);
    if (found !== null) return read(...found);
  }
  return UNKNOWN;
}

/** INFO quotes a key unless it is an integer or a word. */
function recordOf(table: string, key: string): unknown {
  if (/^\d+$/.test(key)) return new RecordId(table, BigInt(key));
  if (/^\w+$/.test(key)) return new RecordId(table, key);
  const quoted = /^`(.*)`$/s.exec(key)?.[1];
  const name = quoted === undefined ? UNKNOWN : textOf(quoted);
  return typeof name === 'string' ? new RecordId(table, name) : UNKNOWN;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...['\\', "'", '"', '`'].map((character) => [character, character] as const),
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['b', '\b'],
  ['0', '\0'],
]);

/** The text between the quotes, without escapes. */
function textOf(quoted: string): unknown {
  let isKnown = true;
  const text = quoted.replace(/\\(?:u\{([\da-fA-F]{1,6})\}|(.))/gs, (_, code?: string, character?: string) => {
    if (code !== undefined && Number.parseInt(code, 16) <= 0x10ffff) {
      return String.fromCodePoint(Number.parseInt(code, 16));
    }
    const value = ESCAPES.get(character ?? '');
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown && text.isWellFormed() ? text : UNKNOWN;
}
