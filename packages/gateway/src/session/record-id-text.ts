import { DateTime, Duration, RecordId, Uuid } from 'surrealdb';
import { isPlain } from '../values/is-plain.ts';
import { textOfDateTime } from '../wire/datetime.ts';

/**
 * A record id in the form in which the engine reads it from a token. Every kind of value has its own text form, because
 * a text that names another record would sign the user in as someone else. The SDK's own texts can: they do not escape
 * backslashes, write a set as a list and a point as an object, and are wrong for times before 1970.
 *
 * @param id with a key that `isRecordKey` accepts
 * @throws TypeError for any other key
 */
export function textOfRecordId({ table, id }: RecordId): string {
  return `${quoted(table.name)}:${typeof id === 'string' ? quoted(id) : textOf(id)}`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === undefined) return 'NONE';
  if (value === null) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof RecordId) return textOfRecordId(value);
  if (value instanceof Uuid) return `u"${value}"`;
  if (value instanceof DateTime) return `d"${textOfDateTime(value)}"`;
  if (value instanceof Duration) return value.toString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (isPlain(value)) {
    return `{ ${Object.entries(value)
      .map(([name, part]) => `${JSON.stringify(name)}: ${textOf(part)}`)
      .join(', ')} }`;
  }
  throw new TypeError('a user has an id that no token can hold');
}
