import { DateTime, Decimal, Duration, RecordId, Uuid } from 'surrealdb';
import { textOfDateTime } from './datetime-text.ts';
import { isPlain } from './is-plain.ts';

/** Names that the engine reads without quotes. A key may begin with a digit. */
const SIMPLE_TABLE = /^[A-Za-z]\w*$/;
const SIMPLE_KEY = /^(?=\w*[A-Za-z])\w+$/;

/**
 * A record id as text that the engine reads as the same id, such as `thread:abc`. Every kind of value in a key has its
 * own text form, because a text that names another record would give a token or a backend the wrong one. The SDK's own
 * texts can: they do not escape backslashes, write a set as a list and a point as an object, and are wrong for times
 * before 1970.
 *
 * @param id with a key that `isRecordKey` accepts
 * @throws TypeError for any other key
 */
export function textOfRecordId({ table, id }: RecordId): string {
  return `${textOfTable(table.name)}:${textOfKey(id)}`;
}

/** @throws TypeError for a value that no key contains */
export function textOfKey(key: unknown): string {
  if (typeof key === 'string') return SIMPLE_KEY.test(key) ? key : quoted(key);
  return textOfPart(key);
}

export function textOfTable(name: string): string {
  return SIMPLE_TABLE.test(name) ? name : quoted(name);
}

function quoted(name: string): string {
  // Between the angle brackets nothing can be escaped.
  return /[\\`⟩]/.test(name) ? `\`${name.replaceAll(/[\\`]/g, '\\$&')}\`` : `⟨${name}⟩`;
}

/**
 * A part of a key, or of a range.
 *
 * @throws TypeError for a value that neither contains
 */
export function textOfPart(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === undefined) return 'NONE';
  if (value === null) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof RecordId) return textOfRecordId(value);
  if (value instanceof Uuid) return `u"${value}"`;
  if (value instanceof DateTime) return `d"${textOfDateTime(value)}"`;
  if (value instanceof Duration) return value.toString();
  if (value instanceof Decimal) return `${value}dec`;
  if (Array.isArray(value)) return `[${value.map(textOfPart).join(', ')}]`;
  if (isPlain(value)) {
    return `{ ${Object.entries(value)
      .map(([name, part]) => `${JSON.stringify(name)}: ${textOfPart(part)}`)
      .join(', ')} }`;
  }
  throw new TypeError('A record id has a key without a text form.');
}
