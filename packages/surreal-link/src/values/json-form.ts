import {
  DateTime,
  Decimal,
  Duration,
  FileRef,
  Geometry,
  Range,
  RecordId,
  RecordIdRange,
  StringRecordId,
  Table,
  Uuid,
} from 'surrealdb';
import { textOfDate, textOfDateTime } from './datetime-text.ts';
import { isPlain } from './is-plain.ts';
import { textOfRange, textOfRecordIdRange } from './range-text.ts';
import { textOfRecordId } from './record-id-text.ts';
import { isRecordKey, RECORD_KEY_RULE } from './record-key.ts';
import { classOf, ValueWalk, type Walked, type WalkLimits } from './value-walk.ts';

/**
 * The JSON in which a payload is delivered to a backend. The client converts what a program passes, and the runner what
 * a row contains, so both mean the same:
 *
 *   text, true, false, null, finite numbers    unchanged; -0 is 0
 *   bigint up to ±(2^53 - 1)                   a number
 *   datetime, Date                             RFC 3339 in UTC: "2026-01-01T00:00:00.123456789Z"
 *   record id                                  "thread:abc"
 *   decimal, duration, uuid, table             their text
 *   geometry                                   GeoJSON
 *   range                                      SurrealQL: "1..5"
 *   list, plain object                         the same of their parts; members that are undefined are left out
 *   any other object with a method `toJSON`    the form of what it returns
 *
 * Everything else has no JSON form, and all its places are reported.
 */
export function jsonFormOf(value: unknown, limits: WalkLimits = {}): Walked<unknown> {
  return ValueWalk.run(limits, (walk) => formOf(walk, value, ''));
}

function formOf(walk: ValueWalk, value: unknown, path: string): unknown {
  switch (typeof value) {
    case 'string':
      return walk.text(value, path);
    case 'boolean':
      walk.count(4);
      return value;
    case 'number':
      walk.count(1);
      if (Number.isFinite(value)) return value === 0 ? 0 : value;
      return walk.refuse(path, `${value} has no JSON form; use null or a text.`);
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) return Number(value);
      return walk.refuse(path, 'A bigint beyond 2^53 has no JSON form; use a text.');
    case 'undefined':
      return walk.refuse(path, 'undefined has no JSON form; use null, or leave it out.');
    case 'object':
      return value === null ? null : walk.inside(value, path, () => objectForm(walk, value, path));
    default:
      return walk.refuse(path, `A ${typeof value} has no JSON form.`);
  }
}

function objectForm(walk: ValueWalk, value: object, path: string): unknown {
  const inner = (item: unknown, place: string): unknown => formOf(walk, item, place);
  if (Array.isArray(value)) return walk.items(value, path, inner);
  if (value instanceof Date) return timeForm(walk, textOfDate(value), path);
  if (value instanceof DateTime) return timeForm(walk, textOfDateTime(value), path);
  if (value instanceof RecordId) {
    if (isRecordKey(value.id)) return walk.text(textOfRecordId(value), path);
    return walk.refuse(path, RECORD_KEY_RULE);
  }
  if (value instanceof Table) return walk.text(value.name, path);
  for (const type of [StringRecordId, Uuid, Duration, Decimal]) {
    if (value instanceof type) return walk.text(value.toString(), path);
  }
  if (value instanceof Geometry) return inner(value.toJSON(), path);
  if (value instanceof Range) return walk.text(textOfRange(value), path);
  if (value instanceof RecordIdRange) return walk.text(textOfRecordIdRange(value), path);
  if (value instanceof Set) return walk.refuse(path, 'A Set has no JSON form; use a list: [...set].');
  if (value instanceof Map) return walk.refuse(path, 'A Map has no JSON form; use Object.fromEntries(map).');
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return walk.refuse(path, 'Bytes have no JSON form; use base64, or store them and send their id.');
  }
  if (value instanceof FileRef) return walk.refuse(path, 'A file has no JSON form; send its bucket and key as text.');
  if ('toJSON' in value && typeof value.toJSON === 'function') return inner(value.toJSON(), path);
  if (isPlain(value)) return walk.members(value, path, inner);
  return walk.refuse(path, `A ${classOf(value)} has no JSON form; use a plain object.`);
}

/** With the milliseconds that JavaScript's own texts have, also if they are 0, and more digits only if there are any. */
function timeForm(walk: ValueWalk, text: string | undefined, path: string): string | null {
  if (text === undefined) return walk.refuse(path, 'An invalid Date has no JSON form; use null.');
  const [whole = '', fraction = ''] = text.slice(0, -1).split('.');
  return walk.text(`${whole}.${fraction.padEnd(3, '0')}Z`, path);
}
