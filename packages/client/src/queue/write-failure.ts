import { decodeValue, type WireErrorBody } from '@spookify/gateway/wire';
import { gatewayError } from '../connection/gateway-error.ts';
import { ClientError } from '../errors.ts';
import type { WriteFailure } from './pending-write.ts';

/** A refusal of the gateway as plain data, which can be stored. */
export function failureOf(body: WireErrorBody): WriteFailure {
  const { message, reason, issues, conflict } = body;
  const { code } = gatewayError(body);
  return {
    code,
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(issues === undefined ? {} : { issues }),
    ...(conflict === undefined ? {} : { conflict }),
  };
}

/** The error of a refused write. */
export function errorOf({ code, message, reason, issues, conflict }: WriteFailure): ClientError {
  const values =
    conflict === undefined ? undefined : Object.entries(conflict).map(([name, value]) => [name, decodeValue(value)]);
  return new ClientError(code, message, {
    reason,
    issues,
    ...(values === undefined ? {} : { conflict: Object.fromEntries(values) }),
  });
}
