import { decodeValue, type WireErrorBody, type WireErrorCode, type WireValue } from '@spookify/gateway/wire';
import { ClientError, type ClientErrorCode } from '../errors.ts';

const CODES: Readonly<Record<WireErrorCode, ClientErrorCode>> = {
  SPOOKY_GATEWAY_BAD_REQUEST: 'SPOOKY_CLIENT_GATEWAY',
  SPOOKY_GATEWAY_BAD_PLAN: 'SPOOKY_CLIENT_INVALID_QUERY',
  SPOOKY_GATEWAY_BAD_WRITE: 'SPOOKY_CLIENT_INVALID_WRITE',
  SPOOKY_GATEWAY_UNKNOWN_ROUTE: 'SPOOKY_CLIENT_UNKNOWN_ROUTE',
  SPOOKY_GATEWAY_BAD_PAYLOAD: 'SPOOKY_CLIENT_INVALID_PAYLOAD',
  SPOOKY_GATEWAY_LIMIT: 'SPOOKY_CLIENT_LIMIT',
  SPOOKY_GATEWAY_BUSY: 'SPOOKY_CLIENT_BUSY',
  SPOOKY_GATEWAY_SIGNED_OUT: 'SPOOKY_CLIENT_SIGNED_OUT',
  SPOOKY_GATEWAY_INVALID_CREDENTIALS: 'SPOOKY_CLIENT_INVALID_CREDENTIALS',
  SPOOKY_GATEWAY_SIGN_UP_REFUSED: 'SPOOKY_CLIENT_SIGN_UP_REFUSED',
  SPOOKY_GATEWAY_FOREIGN_ORIGIN: 'SPOOKY_CLIENT_FOREIGN_ORIGIN',
  SPOOKY_GATEWAY_REFUSED: 'SPOOKY_CLIENT_REFUSED',
  SPOOKY_GATEWAY_ALREADY_EXISTS: 'SPOOKY_CLIENT_ALREADY_EXISTS',
  SPOOKY_GATEWAY_CONFLICT: 'SPOOKY_CLIENT_CONFLICT',
  SPOOKY_GATEWAY_TOO_MANY_ROWS: 'SPOOKY_CLIENT_LIMIT',
  SPOOKY_GATEWAY_DATABASE_AWAY: 'SPOOKY_CLIENT_NOT_CONNECTED',
  SPOOKY_GATEWAY_OUTCOME_UNKNOWN: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN',
  SPOOKY_GATEWAY_DATABASE: 'SPOOKY_CLIENT_DATABASE',
  SPOOKY_GATEWAY_INTERNAL: 'SPOOKY_CLIENT_GATEWAY',
};

/** Converts an answer of the gateway into a ClientError. `cause` is the answer. */
export function gatewayError(body: WireErrorBody): ClientError {
  // A newer gateway may have codes that this client does not know.
  const code = Object.hasOwn(CODES, body.code) ? CODES[body.code] : 'SPOOKY_CLIENT_GATEWAY';
  const { reason, issues, conflict } = body;
  return new ClientError(code, body.message, {
    cause: body,
    reason,
    issues,
    conflict: conflict && decodedFields(conflict),
  });
}

function decodedFields(fields: Readonly<Record<string, WireValue>>): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, decodeValue(value)]));
  } catch (error) {
    throw unknownFormat(error);
  }
}

/** The error for an answer of an unknown format: the gateway has another version, or something else answers. */
export function unknownFormat(cause?: unknown): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_GATEWAY',
    'The answer is not one of a gateway of this version. Check the URL, or install client and gateway of one version.',
    { cause },
  );
}
