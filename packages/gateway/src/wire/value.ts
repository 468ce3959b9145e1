import { classOf, isPlain, parseDateTime, textOfDate, textOfDateTime } from '@spookify/surreal-link/values';
import {
  type Bound,
  BoundExcluded,
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  FileRef,
  Geometry,
  Range,
  RecordId,
  RecordIdRange,
  type RecordIdValue,
  Table,
  Uuid,
} from 'surrealdb';
import { isGeoJson } from './geo-json.ts';
import { VALUE_MAX_DEPTH } from './limits.ts';

/*
 * SurrealDB's values as JSON, without loss. JSON values are written unchanged. Every other value is an object with one
 * member whose name begins with `$`. An application's object that has such a member is wrapped in `$o`.
 *
 *   NONE        {"$none":1}                 record id   {"$r":["thread","abc"]}
 *   datetime    {"$t":"2026-…123456789Z"}   duration    {"$u":"1h30m"}
 *   decimal     {"$d":"1.1"}                big integer {"$i":"9007199254740993"}
 *   uuid        {"$uuid":"0191…"}           bytes       {"$b":"base64"}
 *   NaN, ±∞, -0 {"$f":"NaN"}                set         {"$set":[…]}
 *   geometry    {"$g":{"type":"Point",…}}   range       {"$range":[["=",1],["<",5]]}, null for an open end
 *   file        {"$file":["bucket","/key"]} table       {"$table":"thread"}
 *   range of record ids {"$rr":["thread",["=",1],null]}: a value like any other, and never the id of a row
 */

/** A value in the form described above. */
export type WireValue =
  | null
  | boolean
  | number
  | string
  | readonly WireValue[]
  | { readonly [member: string]: WireValue };

/** A record id in that form. */
export type WireRecordId = { readonly $r: readonly [table: string, key: WireValue] };

/** A value that cannot be encoded, or JSON that cannot be decoded. `message` says where and what to do. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

const BIG_INTEGER = /^-?\d{1,20}$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const DURATION = /^(\d+(y|w|d|h|m|s|ms|us|µs|ns))+$/;
const FLOATS = ['NaN', 'Infinity', '-Infinity', '-0'];

/**
 * A value of the SDK, as JSON.
 *
 * @param value what the SDK returned or a program passes
 * @param depth the nesting level of the value. Default: 0
 * @throws ValueError for values that SurrealDB does not have (functions, symbols, objects of other classes) and beyond
 *   VALUE_MAX_DEPTH
 */
export function encodeValue(value: unknown, depth = 0): WireValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $f: Object.is(value, -0) ? '-0' : `${value}` };
    case 'bigint':
      if (BIG_INTEGER.test(value.toString())) return { $i: value.toString() };
      throw new ValueError('An integer has at most 64 bits; use a Decimal.');
    case 'undefined':
      return { $none: 1 };
    case 'object':
      return value === null ? null : encodeObject(value, depth);
    default:
      throw new ValueError(`A ${typeof value} cannot be sent; use values of SurrealDB.`);
  }
}

function encodeObject(value: object, depth: number): WireValue {
  if (depth >= VALUE_MAX_DEPTH) throw tooDeep();
  const inner = (item: unknown): WireValue => encodeValue(item, depth + 1);
  // Not `map`, which would leave out the missing items of a sparse list.
  if (Array.isArray(value)) return Array.from(value, inner);
  if (value instanceof RecordId) return { $r: [value.table.name, inner(value.id)] };
  if (value instanceof DateTime) return { $t: requireTime(textOfDateTime(value)) };
  if (value instanceof Date) return { $t: requireTime(textOfDate(value)) };
  if (value instanceof Duration) return { $u: value.toString() };
  if (value instanceof Decimal) return { $d: value.toString() };
  if (value instanceof Uuid) return { $uuid: value.toString() };
  if (value instanceof Set) return { $set: [...value].map(inner) };
  if (value instanceof ArrayBuffer) return { $b: toBase64(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value))
    return { $b: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  if (value instanceof Geometry) return { $g: inner(value.toJSON()) };
  if (value instanceof Range) return { $range: [encodeBound(value.begin, inner), encodeBound(value.end, inner)] };
  if (value instanceof RecordIdRange) {
    return { $rr: [value.table.name, encodeBound(value.begin, inner), encodeBound(value.end, inner)] };
  }
  if (value instanceof FileRef) return { $file: [value.bucket, value.key] };
  if (value instanceof Table) return { $table: value.name };
  if (!isPlain(value)) {
    throw new ValueError(`A ${classOf(value)} cannot be sent; use plain objects or values of SurrealDB.`);
  }
  // NONE in an object means that the member is absent.
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  const encoded = Object.fromEntries(members.map(([name, item]) => [name, inner(item)]));
  return members.some(([name]) => name.startsWith('$')) ? { $o: encoded } : encoded;
}

function requireTime(text: string | undefined): string {
  if (text !== undefined) return text;
  throw new ValueError('An invalid Date cannot be sent.');
}

function encodeBound(bound: unknown, inner: (item: unknown) => WireValue): WireValue {
  if (bound instanceof BoundIncluded) return ['=', inner(bound.value)];
  return bound instanceof BoundExcluded ? ['<', inner(bound.value)] : null;
}

/**
 * The SDK's value of such JSON: the inverse of `encodeValue`.
 *
 * @param value parsed JSON from the other side
 * @param depth the nesting level of the value. Default: 0
 * @throws ValueError for JSON of another form, and beyond VALUE_MAX_DEPTH
 */
export function decodeValue(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= VALUE_MAX_DEPTH) throw tooDeep();
  const inner = (item: unknown): unknown => decodeValue(item, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  const members = Object.entries(value);
  const [first] = members;
  if (first === undefined || !first[0].startsWith('$')) return decodeMembers(members, inner);
  if (members.length > 1) throw new ValueError(`An object with "${first[0]}" has one member; wrap it in "$o".`);
  return decodeTagged(first[0], first[1], inner);
}

function decodeTagged(tag: string, body: unknown, inner: (item: unknown) => unknown): unknown {
  try {
    if (typeof body === 'string') return decodeText(tag, body);
    if (Array.isArray(body)) return decodeList(tag, body, inner);
    if (tag === '$none') return undefined;
    if (typeof body === 'object' && body !== null) {
      if (tag === '$o') return decodeMembers(Object.entries(body), inner);
      const json = tag === '$g' ? inner(body) : undefined;
      if (isGeoJson(json)) return Geometry.fromJSON(json);
    }
  } catch (error) {
    // The value classes refuse everything else.
    if (error instanceof ValueError) throw error;
  }
  throw wrongForm(tag);
}

function decodeText(tag: string, text: string): unknown {
  switch (tag) {
    case '$t':
      return parseDateTime(text) ?? refuse(tag);
    case '$u':
      return DURATION.test(text) ? new Duration(text) : refuse(tag);
    case '$d':
      return DECIMAL.test(text) ? new Decimal(text) : refuse(tag);
    case '$i':
      return BIG_INTEGER.test(text) ? BigInt(text) : refuse(tag);
    case '$uuid':
      return new Uuid(text);
    case '$b':
      return fromBase64(text);
    case '$f':
      return FLOATS.includes(text) ? Number(text) : refuse(tag);
    case '$table':
      return text === '' ? refuse(tag) : new Table(text);
    default:
      throw new ValueError(`"${tag}" is not a tag of this format.`);
  }
}

function decodeList(tag: string, body: readonly unknown[], inner: (item: unknown) => unknown): unknown {
  if (tag === '$set') return new Set(body.map(inner));
  const [first, second, third] = body;
  if (tag === '$rr' && body.length === 3 && typeof first === 'string' && first !== '') {
    return new RecordIdRange(
      first,
      decodeBound<RecordIdValue>(second, inner),
      decodeBound<RecordIdValue>(third, inner),
    );
  }
  if (body.length !== 2) return refuse(tag);
  switch (tag) {
    case '$r':
      if (typeof first === 'string' && first !== '') return new RecordId(first, inner(second) as RecordIdValue);
      break;
    case '$file':
      if (typeof first === 'string' && typeof second === 'string') return new FileRef(first, second);
      break;
    case '$range':
      return new Range(decodeBound(first, inner), decodeBound(second, inner));
  }
  return refuse(tag);
}

function decodeBound<Value>(bound: unknown, inner: (item: unknown) => unknown): Bound<Value> {
  if (bound === null) return undefined;
  if (!Array.isArray(bound) || bound.length !== 2) return refuse('$range');
  const [kind, value] = bound;
  const end = inner(value) as Value;
  if (kind === '=') return new BoundIncluded(end);
  return kind === '<' ? new BoundExcluded(end) : refuse('$range');
}

function decodeMembers(members: readonly [string, unknown][], inner: (item: unknown) => unknown): object {
  // `__proto__` must become a member like any other.
  const decoded: Record<string, unknown> = {};
  for (const [name, item] of members) {
    Object.defineProperty(decoded, name, { value: inner(item), enumerable: true, configurable: true, writable: true });
  }
  return decoded;
}

function refuse(tag: string): never {
  throw wrongForm(tag);
}

function wrongForm(tag: string): ValueError {
  return new ValueError(`"${tag}" has a value of the wrong form.`);
}

function tooDeep(): ValueError {
  return new ValueError(`A value is nested more than ${VALUE_MAX_DEPTH} levels deep; flatten it.`);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
