import { DateTime, Decimal, Duration, Range, RecordId, RecordIdRange, Uuid } from 'surrealdb';
import { isPlain } from './is-plain.ts';

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

/** What `isRecordKey` requires, for messages. */
export const RECORD_KEY_RULE =
  'The key of a record id is a text, an integer, a uuid, a list or an object, without floats, decimals and empty names.';

/**
 * Whether a value can be the key of a record id: a text, an integer, a uuid, a list or an object.
 *
 * The engine stores some keys that it cannot read again, and then every query over their table fails, for everyone: an
 * object with an empty name, or a decimal such as 0.0000000001. It reads the float 1e-10 as 1. Keys of some other kinds
 * have the same text although they differ (a set and a list, any two byte strings), and rows are distinguished by the
 * text of their ids.
 */
export function isRecordKey(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return isInteger(value) || value instanceof Uuid || isCompound(value);
}

function isKeyPart(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (value instanceof RecordId) return isRecordKey(value.id);
  if (value instanceof Uuid || value instanceof DateTime || value instanceof Duration) return true;
  return isInteger(value) || isCompound(value);
}

function isInteger(value: unknown): boolean {
  if (typeof value === 'bigint') return value >= INT_MIN && value <= INT_MAX;
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isCompound(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isKeyPart);
  return isPlain(value) && Object.entries(value).every(([name, part]) => name !== '' && isKeyPart(part));
}

/**
 * Whether a value could become part of a key that the engine cannot read again. For values from which an access may
 * build a record id, such as the name in a sign-up.
 */
export function mayBreakKey(value: unknown): boolean {
  if (typeof value === 'number') return isTiny(value);
  if (value instanceof Decimal) return isTiny(value.toFloat());
  if (value instanceof RecordId) return mayBreakKey(value.id);
  if (value instanceof Range || value instanceof RecordIdRange) {
    return mayBreakKey(value.begin?.value) || mayBreakKey(value.end?.value);
  }
  if (Array.isArray(value) || value instanceof Set) return [...value].some(mayBreakKey);
  return isPlain(value) && Object.entries(value).some(([name, part]) => name === '' || mayBreakKey(part));
}

/** The engine writes such a number with an exponent, but cannot parse an exponent when it reads the key. */
function isTiny(value: number): boolean {
  return value !== 0 && Math.abs(value) < TINY;
}

const TINY = 0.00001;
