import { exceededPayloadLimit, jsonFormOf, PAYLOAD_MAX_BYTES, VALUE_MAX_DEPTH } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';
import { tooLarge } from '../too-large.ts';

/** The payload itself is in a row, which is one level. */
const DEPTH_MAX = VALUE_MAX_DEPTH - 1;

/**
 * Converts a payload to the JSON that the backend receives, before anything is sent. The README has a table of the
 * forms.
 *
 * @param route for messages
 * @throws SPOOKY_CLIENT_INVALID_PAYLOAD with every value that has no JSON form in `issues`; SPOOKY_CLIENT_TOO_LARGE
 */
export function payloadJson(route: string, payload: unknown): unknown {
  const form = jsonFormOf(payload, { maxDepth: DEPTH_MAX, maxBytes: PAYLOAD_MAX_BYTES });
  if (form.kind === 'too large') throw payloadTooLarge(route, `${PAYLOAD_MAX_BYTES} bytes of JSON`);
  if (form.kind === 'refused') {
    const list = form.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' ');
    throw new ClientError('SPOOKY_CLIENT_INVALID_PAYLOAD', `The payload for ${route} cannot be sent as JSON. ${list}`, {
      issues: form.issues,
    });
  }
  // The walk counts characters. Some have several bytes, or an escape code in JSON.
  const limit = exceededPayloadLimit(JSON.stringify(form.result));
  if (limit !== undefined) throw payloadTooLarge(route, limit);
  return form.result;
}

function payloadTooLarge(route: string, limit: string): ClientError {
  return tooLarge(`The payload for ${route}`, limit, 'Store the data in a record and send its id.');
}
