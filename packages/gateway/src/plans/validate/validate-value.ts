import { RecordId, Uuid } from 'surrealdb';
import { requireEncodable } from '../../values/require-encodable.ts';
import { RECORD_ID_MAX } from '../../wire/limits.ts';
import { decodeValue, ValueError } from '../../wire/value.ts';
import { badPlan, overLimit } from '../plan-error.ts';

/**
 * Decodes a value of a plan. Refuses values that the engine cannot hold, because they would fail every statement in the
 * same text.
 *
 * @throws GatewayError SPOOKY_GATEWAY_BAD_PLAN, SPOOKY_GATEWAY_LIMIT
 */
export function planValue(wire: unknown, path: string): unknown {
  try {
    const value = decodeValue(wire);
    checkValue(value, path);
    return value;
  } catch (error) {
    if (error instanceof ValueError) throw badPlan(path, error.message);
    throw error;
  }
}

function checkValue(value: unknown, path: string): void {
  if (value instanceof RecordId) checkRecordId(value, path);
  else requireEncodable(value, (part) => checkValue(part, path));
}

function checkRecordId(record: RecordId, path: string): void {
  const key: unknown = record.id;
  const isSimple =
    typeof key === 'string' || typeof key === 'bigint' || Number.isSafeInteger(key) || key instanceof Uuid;
  const isComposed = Array.isArray(key) || (typeof key === 'object' && key?.constructor === Object);
  if (!isSimple && !isComposed) {
    throw badPlan(path, 'the key of a record id is a text, a whole number, a uuid, a list or an object.');
  }
  if (key === '') throw badPlan(path, 'the key of a record id must not be empty.');
  checkValue(key, path);
  if (record.toString().length > RECORD_ID_MAX) {
    throw overLimit(path, `a record id has at most ${RECORD_ID_MAX} characters.`);
  }
}
