/** Writes values as SurrealQL, for record ids and ranges in JSON. */
import { BoundIncluded, DateTime, Decimal, Duration, Range, RecordId, RecordIdRange, Table, Uuid } from 'surrealdb';

export function toSurrealQl(value: unknown): string {
  if (value === undefined) return 'NONE';
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoted(value, value.includes("'") ? '"' : "'");
  if (value instanceof RecordId) return `${identifier(value.table.name)}:${recordKey(value.id)}`;
  if (value instanceof RecordIdRange) {
    return `${identifier(value.table.name)}:${range(value.begin, value.end, recordKey)}`;
  }
  if (value instanceof Range) return range(value.begin, value.end, toSurrealQl);
  if (value instanceof Table) return identifier(value.name);
  if (value instanceof Uuid) return `u'${value}'`;
  if (value instanceof DateTime) return `d'${value.toString().replace(/\.(?:000){1,3}Z$/, 'Z')}'`;
  if (value instanceof Decimal) return `${value}dec`;
  if (value instanceof Duration || typeof value !== 'object') return String(value);
  if (value instanceof ArrayBuffer) return `b"${Buffer.from(value).toString('hex').toUpperCase()}"`;
  if (Array.isArray(value)) return `[${value.map(toSurrealQl).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${objectKey(key)}: ${toSurrealQl(item)}`);
  return entries.length === 0 ? '{  }' : `{ ${entries.join(', ')} }`;
}

function range(begin: unknown, end: unknown, write: (value: unknown) => string): string {
  const from = begin === undefined ? '' : `${write(bound(begin))}${begin instanceof BoundIncluded ? '' : '>'}`;
  const to = end === undefined ? '' : `${end instanceof BoundIncluded ? '=' : ''}${write(bound(end))}`;
  return `${from}..${to}`;
}

const bound = (of: unknown): unknown => (of !== null && typeof of === 'object' && 'value' in of ? of.value : of);

/** A key that is a plain word needs no quotes; one that looks like a number does. */
const recordKey = (key: unknown): string =>
  typeof key !== 'string' ? toSurrealQl(key) : BARE_KEY.test(key) && !NUMERIC.test(key) ? key : quoted(key, '`');

/** A name in backticks, so that keywords and special characters in it have no meaning. */
export const quotedName = (name: string): string => quoted(name, '`');

const identifier = (name: string): string => (BARE_NAME.test(name) ? name : quotedName(name));
const objectKey = (name: string): string => (BARE_NAME.test(name) ? name : quoted(name, '"'));

const BARE_NAME = /^[A-Za-z_]\w*$/;
const BARE_KEY = /^\w+$/;
const NUMERIC = /^\d+$/;

const quoted = (text: string, quote: string): string =>
  quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
