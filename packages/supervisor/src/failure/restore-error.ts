import type { ErrorDetail } from './error-detail.ts';

/** Makes an error of a detail, with its causes and parts, so that the host can log it like its own errors. */
export function restoreError(detail: ErrorDetail): Error {
  const { message, name, code, stack, cause, errors, system } = detail;
  const options = cause === undefined ? {} : { cause: restoreError(cause) };
  const error =
    errors === undefined ? new Error(message, options) : new AggregateError(errors.map(restoreError), message, options);
  const own = { ...(name === undefined ? {} : { name }), stack: stack ?? message };
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  return Object.assign(error, system, code === undefined ? {} : { code });
}
