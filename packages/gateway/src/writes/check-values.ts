import { RecordId } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import { issueOf } from '../values/check-value.ts';
import { decodeValue, ValueError } from '../wire/value.ts';

/* Decodes and checks the values of a write. */

export function badWrite(message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_WRITE', message);
}

/**
 * @param where the value's name in messages, such as `fields.title`
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE
 */
export function checkedValue(value: unknown, where: string): unknown {
  let decoded: unknown;
  try {
    // The row itself is one level. With it, the value must still be small enough to be sent to readers.
    decoded = decodeValue(value, 1);
  } catch (error) {
    if (error instanceof ValueError) throw badWrite(`${where}: ${error.message}`);
    throw error;
  }
  const issue = issueOf(decoded);
  if (issue === undefined) return decoded;
  throw badWrite(`${where}${issue.path}: ${issue.message}`);
}

/** @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE */
export function checkedId(value: unknown, where: string): RecordId {
  const id = checkedValue(value, where);
  if (id instanceof RecordId) return id;
  throw badWrite(`${where}: must be a record id.`);
}
