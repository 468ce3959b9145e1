import { RecordId } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import { isPlain } from '../values/is-plain.ts';
import { isRecordKey } from '../values/record-key.ts';
import { requireEncodable } from '../values/require-encodable.ts';
import { RECORD_ID_MAX } from '../wire/limits.ts';
import { decodeValue, ValueError } from '../wire/value.ts';

/*
 * Decodes the values of a write. The length of each record id in them is limited, because ids become keys of tables and
 * indexes.
 */

export function badWrite(message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_WRITE', message);
}

/**
 * @param where the value's name in messages, such as `fields.title`
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE
 */
export function checkedValue(value: unknown, where: string): unknown {
  try {
    // The row itself is one level. With it, the value must still be small enough to be sent to readers.
    const decoded = decodeValue(value, 1);
    checkInner(decoded, where);
    return decoded;
  } catch (error) {
    if (error instanceof ValueError) throw badWrite(`${where}: ${error.message}`);
    throw error;
  }
}

/** @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE */
export function checkedId(value: unknown, where: string): RecordId {
  const id = checkedValue(value, where);
  if (id instanceof RecordId) return id;
  throw badWrite(`${where}: must be a record id.`);
}

function checkInner(value: unknown, where: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) throw badWrite(`${where}: a text contains a lone surrogate.`);
  if (isPlain(value) && !Object.keys(value).every((name) => name.isWellFormed())) {
    throw badWrite(`${where}: a name contains a lone surrogate.`);
  }
  if (value instanceof RecordId) checkId(value, where);
  else requireEncodable(value, (part) => checkInner(part, where));
}

function checkId(id: RecordId, where: string): void {
  const { name } = id.table;
  if (!name.isWellFormed() || !isRecordKey(id.id)) {
    throw badWrite(
      `${where}: the key of a record id is a text, an integer, a uuid, a list or an object, without floats, decimals and empty names.`,
    );
  }
  checkInner(id.id, where);
  const { length } = id.toString();
  if (length > RECORD_ID_MAX)
    throw badWrite(`${where}: a record id has at most ${RECORD_ID_MAX} characters, not ${length}.`);
}
