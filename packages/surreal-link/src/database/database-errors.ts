/**
 * Classifies errors of the database. Every match on the engine's messages is in this file: before 3.1 its conflicts
 * have no code, so messages decide where error classes do not. `database-errors.test.ts` provokes each case on the real
 * engine.
 *
 * Errors occur at two levels. A statement's error is an answer in the response, with the code 0. An error of the call
 * itself (an expired session, no user signed in) has a JSON-RPC code, and then no statement was run.
 */
import { AlreadyExistsError, NotAllowedError, NotFoundError, ServerError, ThrownError } from 'surrealdb';

/** The kinds of database errors that callers distinguish. */
export type DatabaseErrorKind =
  /** Another transaction was faster. Nothing was written, and the same transaction may succeed now. */
  | 'conflict'
  /** A record with this id, or a row with this value in a unique index, already exists. */
  | 'already-exists'
  /** A statement threw: `THROW 'reason'`. */
  | 'thrown'
  /** The user does not have this right. The session stays signed in and usable. */
  | 'not-allowed'
  /** The name, the password or the token is wrong. */
  | 'credentials-refused'
  /** The session has expired, the server does not know it, or no user is signed in on it. No statement was run. */
  | 'session-ended'
  /** The server is shutting down and runs no more statements. */
  | 'shutting-down'
  /** The statement was skipped because another statement of the same transaction failed. */
  | 'consequence'
  /** Any other error about a statement. */
  | 'statement'
  /** Not an answer of the database. */
  | 'other';

/** Each pattern only matches the beginning of a message, because the rest may quote a value that a user chose. */

/** One statement, or its whole transaction, lost a conflict. The second form is used by servers before version 3. */
const CONFLICT =
  /^(query not executed: )?(transaction conflict: |there was a problem with a datastore transaction: transaction (read |write )?conflict)/i;
const SHUTTING_DOWN = /^the server is gracefully shutting down/i;
/** Every statement of a failed transaction has this error, except the one to blame. */
const CONSEQUENCE =
  /^the query was not executed due to a (failed|cancelled) transaction|^the transaction was (cancelled|aborted)/i;
const IN_UNIQUE_INDEX = /^database index `.*` already contains/i;
const EXPIRED = /^the (session|token) has expired/i;

/**
 * Returns the kind of an error. Never throws.
 *
 * @param error any value that was thrown; anything but the SDK's `ServerError` is `other`
 */
export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (!(error instanceof ServerError)) return 'other';
  const { message } = error;
  // The text that a statement throws belongs to the application, whatever it says.
  if (error instanceof ThrownError) return 'thrown';
  if (error instanceof NotAllowedError && error.isInvalidAuth) return 'credentials-refused';
  if (isEndOfSession(error)) return 'session-ended';
  if (error instanceof NotAllowedError) return 'not-allowed';
  if (error instanceof AlreadyExistsError || IN_UNIQUE_INDEX.test(message)) return 'already-exists';
  if (detailOf(error) === 'TransactionConflict' || CONFLICT.test(message)) return 'conflict';
  if (SHUTTING_DOWN.test(message)) return 'shutting-down';
  if (CONSEQUENCE.test(message)) return 'consequence';
  return 'statement';
}

/** Whether the same transaction may succeed if it is sent again. */
export const isConflict = (error: unknown): boolean => databaseErrorKind(error) === 'conflict';

/** Whether the record or the unique value already existed. */
export const isAlreadyExists = (error: unknown): boolean => databaseErrorKind(error) === 'already-exists';

/** Whether the session has ended, so that signing in again may help. No statement was run. */
export const isSessionEnded = (error: unknown): boolean => databaseErrorKind(error) === 'session-ended';

/** Whether a token, or the session that it started, has expired. */
export function isExpired(error: unknown): boolean {
  return error instanceof ServerError && !(error instanceof ThrownError) && EXPIRED.test(error.message);
}

/** Whether the error is only about the statement: the connection and the session are still usable. */
export function isStatementError(error: unknown): boolean {
  const kind = databaseErrorKind(error);
  return !['other', 'session-ended', 'credentials-refused', 'shutting-down'].includes(kind);
}

/**
 * The error to blame among the errors of one text. The other statements of a failed transaction only say that they were
 * skipped.
 */
export function errorToBlame(errors: readonly Error[]): Error | undefined {
  return errors.find((error) => databaseErrorKind(error) !== 'consequence') ?? errors[0];
}

function isEndOfSession(error: ServerError): boolean {
  if (error instanceof NotFoundError) return detailOf(error) === 'Session';
  if (!(error instanceof NotAllowedError)) return false;
  if (EXPIRED.test(error.message)) return true;
  // A function or method that is not allowed concerns the statement, at either level.
  const isAboutAuth = error.details === undefined || detailOf(error) === 'Auth';
  return error.code !== 0 && isAboutAuth;
}

function detailOf({ details }: ServerError): unknown {
  return typeof details === 'object' && details !== null && 'kind' in details ? details.kind : undefined;
}
