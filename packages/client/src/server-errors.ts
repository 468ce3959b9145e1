import { AlreadyExistsError, isRetryableConflict, NotAllowedError, ServerError, ThrownError } from 'surrealdb';
import { ClientError } from './errors.ts';

/** What the database's own errors mean for a client. Messages are looked at only where servers give nothing better. */

/** The short word of a THROW: `An error occurred: username-taken` → `username-taken`. */
export function thrownReason(error: unknown): string | undefined {
  return error instanceof ThrownError ? error.message.replace(/^An error occurred: /, '') : undefined;
}

/** Another transaction was faster; trying again is safe. Engines before 3.1 say so in words only. */
export function isConflict(error: unknown): boolean {
  if (isRetryableConflict(error)) return true;
  return error instanceof ServerError && /conflict|can be retried/i.test(error.message);
}

export function isAlreadyThere(error: unknown): boolean {
  return error instanceof AlreadyExistsError;
}

/** Another job with the same unique key was made a moment ago; trying again finds it. */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof ServerError && /index .*active_key.* already contains/i.test(error.message);
}

/** The session on this link has run out; a new link begins a new one. */
export function isSessionExpired(error: unknown): boolean {
  if (error instanceof NotAllowedError && error.isTokenExpired) return true;
  return error instanceof ServerError && /(session|token) has expired/i.test(error.message);
}

export function signInError(error: unknown): ClientError {
  const refused =
    error instanceof ServerError &&
    (error instanceof NotAllowedError ||
      error instanceof ThrownError ||
      /no record was returned|authentication|signin query failed/i.test(error.message));
  if (!refused) return databaseError(error);
  return new ClientError('SPOOKY_CLIENT_INVALID_CREDENTIALS', 'The username or the password is wrong.', {
    cause: error,
    reason: thrownReason(error),
  });
}

export function signUpError(error: unknown): ClientError {
  const reason = thrownReason(error);
  if (reason === undefined && !(error instanceof ServerError)) return databaseError(error);
  return new ClientError(
    'SPOOKY_CLIENT_SIGN_UP_REFUSED',
    `The account was not made${reason === undefined ? '' : `: ${reason}`}. Change what was entered and try again.`,
    { cause: error, reason },
  );
}

/** Everything else that the database says. */
export function databaseError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const reason = thrownReason(error);
  if (reason !== undefined) {
    return new ClientError('SPOOKY_CLIENT_REFUSED', `The database refused this: ${reason}.`, { cause: error, reason });
  }
  return new ClientError('SPOOKY_CLIENT_DATABASE', `The database could not do this: ${message}`, { cause: error });
}
