import {
  checkValue,
  encodeValue,
  FRAME_MAX_BYTES,
  VALUE_MAX_DEPTH,
  type ValueIssue,
  type WireValue,
} from '@spookify/gateway/wire';
import type { ClientError } from '../errors.ts';
import { tooLarge } from '../too-large.ts';

/** The row or plan that a value is in is one level. */
const DEPTH_MAX = VALUE_MAX_DEPTH - 1;

/**
 * Encodes a value for the gateway, after all checks that the gateway makes.
 *
 * @param place the name of the value in messages, such as `thread.title`
 * @param use whether it is stored or compared with what is stored
 * @param refuse makes the error for a value that cannot be sent
 * @throws what `refuse` makes, with every problem; SPOOKY_CLIENT_TOO_LARGE
 */
export function encodeSendable(
  place: string,
  value: unknown,
  use: 'stored' | 'compared',
  refuse: (message: string, issues: readonly ValueIssue[]) => ClientError,
): WireValue {
  const checked = checkValue(value, { use, maxDepth: DEPTH_MAX, maxBytes: FRAME_MAX_BYTES });
  if (checked.kind === 'good') return encodeValue(value);
  if (checked.kind === 'refused') {
    const list = checked.issues.map(({ path, message }) => `${place}${path}: ${message}`).join(' ');
    throw refuse(list, checked.issues);
  }
  throw tooLarge(place, `${FRAME_MAX_BYTES} bytes`, 'Send less at once, or store large data elsewhere.');
}
