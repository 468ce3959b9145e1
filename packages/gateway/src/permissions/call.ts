import { Decimal } from 'surrealdb';
import { itemsOf } from '../values/compare.ts';
import { kindOf, type ValueKind } from '../values/kind-of-value.ts';
import { UNKNOWN } from '../values/unknown.ts';

/**
 * Calls a function of builtins.ts with values that are known.
 *
 * @returns UNKNOWN if the result, or the function, is not certain
 */
export function callBuiltin(name: string, values: readonly unknown[]): unknown {
  const [first, second] = values;
  const kind = kindOf(first);
  if (kind === undefined) return UNKNOWN;
  const own = KINDS.get(name);
  if (own !== undefined) return kind === own;
  switch (name) {
    case 'type::is_decimal':
      return first instanceof Decimal;
    case 'type::is_int':
      return isInt(first);
    case 'type::is_float': {
      const isInteger = isInt(first);
      return isInteger === UNKNOWN ? UNKNOWN : typeof first === 'number' && !isInteger;
    }
    case 'array::len':
      return kind === 'array' ? itemsOf(first).length : UNKNOWN;
    case 'array::is_empty':
      return kind === 'array' ? itemsOf(first).length === 0 : UNKNOWN;
    default:
      return typeof first === 'string' ? callTextFunction(name, first, second) : UNKNOWN;
  }
}

/** The functions that check a kind, with the kind. */
const KINDS: ReadonlyMap<string, ValueKind> = new Map([
  ['type::is_array', 'array'],
  ['type::is_bool', 'boolean'],
  ['type::is_bytes', 'bytes'],
  ['type::is_datetime', 'datetime'],
  ['type::is_duration', 'duration'],
  ['type::is_none', 'none'],
  ['type::is_null', 'null'],
  ['type::is_number', 'number'],
  ['type::is_object', 'object'],
  ['type::is_string', 'string'],
  ['type::is_uuid', 'uuid'],
]);

/** A float without a fraction arrives as the same number as an integer. */
function isInt(value: unknown): unknown {
  if (typeof value === 'bigint') return true;
  return Number.isInteger(value) ? UNKNOWN : false;
}

function callTextFunction(name: string, text: string, part: unknown): unknown {
  if (name === 'string::len') return [...text].length;
  // Upper and lower case of other characters depend on the version of Unicode.
  if (name === 'string::lowercase') return ASCII.test(text) ? text.toLowerCase() : UNKNOWN;
  if (name === 'string::uppercase') return ASCII.test(text) ? text.toUpperCase() : UNKNOWN;
  // JavaScript and the engine differ in whether these are spaces.
  if (name === 'string::trim') return /[\u0085\ufeff]/.test(text) ? UNKNOWN : text.trim();
  if (typeof part !== 'string' || !part.isWellFormed()) return UNKNOWN;
  if (name === 'string::starts_with') return text.startsWith(part);
  if (name === 'string::ends_with') return text.endsWith(part);
  return name === 'string::contains' ? text.includes(part) : UNKNOWN;
}

const ASCII = /^[\0-\x7f]*$/;
