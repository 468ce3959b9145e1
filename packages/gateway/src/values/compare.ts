/*
 * Comparisons of decoded values as the engine (3.0.2) makes them. Every function returns undefined if the result is not
 * certain; the caller then asks the engine. compare.test.ts compares all of them with the engine.
 */
import { type DateTime, Decimal, type Duration, type RecordId, type Uuid } from 'surrealdb';
import { orderOfBytes } from './bytes-order.ts';
import { kindOf, rankOf, type ValueKind } from './kind-of-value.ts';
import { type AnyNumber, orderOfNumbers } from './number-order.ts';
import { signOf } from './sign-of.ts';
import { orderOfTexts } from './text-order.ts';
import type { Truth } from './truth.ts';

/** The engine's `=`. */
export function equalValues(left: unknown, right: unknown): Truth {
  const kind = kindOf(left);
  const other = kindOf(right);
  if (kind === undefined || other === undefined) return undefined;
  if (kind !== other) return false;
  if (kind === 'number' && Number.isNaN(left) !== Number.isNaN(right)) return false;
  if (kind === 'array' || kind === 'set') return equalItems(itemsOf(left), itemsOf(right));
  if (kind === 'object') return equalMembers(membersOf(left), membersOf(right));
  if (kind === 'record') return equalRecords(left as RecordId, right as RecordId);
  const order = orderWithin(kind, left, right);
  return order === undefined ? undefined : order === 0;
}

/** The engine's order, for `<` and ORDER BY: negative if `left` sorts first, 0 if the two are equal. */
export function orderOfValues(left: unknown, right: unknown): number | undefined {
  const kind = kindOf(left);
  const other = kindOf(right);
  if (kind === undefined || other === undefined) return undefined;
  return kind === other ? orderWithin(kind, left, right) : rankOf(kind) - rankOf(other);
}

/** Whether the engine takes a value for true, as in `!value` or `value AND …`. */
export function isTruthy(value: unknown): Truth {
  switch (kindOf(value)) {
    case 'none':
    case 'null':
      return false;
    case 'boolean':
      return value === true;
    case 'number':
      return value instanceof Decimal ? !value.isZero() : Number(value) !== 0;
    case 'string':
      return value !== '';
    case 'duration':
      return (value as Duration).nanoseconds !== 0n;
    case 'array':
    case 'set':
      return itemsOf(value).length > 0;
    case 'object':
      return Object.keys(value as object).length > 0;
    case 'bytes':
      return bytesOf(value).length > 0;
    case 'datetime':
    case 'uuid':
    case 'geometry':
    case 'record':
      return true;
    case 'range':
      return false;
    default:
      return undefined;
  }
}

/** The items of a list or a set. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value instanceof Set ? [...value] : [];
}

function orderWithin(kind: ValueKind, left: unknown, right: unknown): number | undefined {
  switch (kind) {
    case 'none':
    case 'null':
      return 0;
    case 'boolean':
      return Number(left) - Number(right);
    case 'number':
      return orderOfNumbers(left as AnyNumber, right as AnyNumber);
    case 'string':
      return orderOfTexts(left as string, right as string);
    case 'duration':
    case 'datetime':
      return signOf((left as Duration | DateTime).nanoseconds, (right as Duration | DateTime).nanoseconds);
    case 'uuid':
      return orderOfTexts(String(left as Uuid), String(right as Uuid));
    case 'array':
    case 'set':
      return orderOfItems(itemsOf(left), itemsOf(right));
    case 'object':
      return orderOfItems(membersOf(left), membersOf(right));
    case 'record':
      return orderOfRecords(left as RecordId, right as RecordId);
    case 'bytes':
      return orderOfBytes(bytesOf(left), bytesOf(right));
    default:
      return undefined;
  }
}

/** The first items that differ decide, then the length. */
function orderOfItems(left: readonly unknown[], right: readonly unknown[]): number | undefined {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const order = orderOfValues(left[at], right[at]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function equalItems(left: readonly unknown[], right: readonly unknown[]): Truth {
  if (left.length !== right.length) return false;
  let result: Truth = true;
  for (const [index, item] of left.entries()) {
    const isEqual = equalValues(item, right[index]);
    if (isEqual === false) return false;
    if (isEqual === undefined) result = undefined;
  }
  return result;
}

/** Members in the order of their names, as the engine keeps them. */
type Members = readonly (readonly [name: string, value: unknown])[];

function membersOf(value: unknown): Members {
  return Object.entries(value as object).sort(([one], [other]) => orderOfTexts(one, other) ?? 0);
}

function equalMembers(left: Members, right: Members): Truth {
  return left.length === right.length && left.every(([name], index) => name === right[index]?.[0])
    ? equalItems(
        left.map(([, value]) => value),
        right.map(([, value]) => value),
      )
    : false;
}

function equalRecords(left: RecordId, right: RecordId): Truth {
  return left.table.name === right.table.name ? equalValues(left.id, right.id) : false;
}

/** By table, then by key. Keys of different kinds sort as values of these kinds do. */
function orderOfRecords(left: RecordId, right: RecordId): number | undefined {
  const order = orderOfTexts(left.table.name, right.table.name);
  return order === 0 ? orderOfValues(left.id, right.id) : order;
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array);
}
