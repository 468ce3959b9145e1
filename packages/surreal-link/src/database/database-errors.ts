/*
 * What an error of the database means. Every match on the engine's messages is in this file: its conflicts have no code
 * before 3.1, so messages decide where kinds do not. `database-errors.test.ts` provokes each case on the engine.
 *
 * An error comes at one of two levels. A statement's error is an answer in the response, with the code 0. An error of the
 * call itself (an expired session, no user signed in) has a JSON-RPC code, and then no statement was run.
 */
import { AlreadyExistsError, NotAllowedError, NotFoundError, ServerError, ThrownError } from 'surrealdb';

/** The kinds of errors that callers tell apart. */
export type DatabaseErrorKind =
  /** Another transaction was faster. Nothing was written, and the same transaction may succeed now. */
  | 'conflict'
  /** A record with this id, or a row with this value in a unique index, is there already. */
  | 'already-exists'
  /** A statement threw: `THROW 'reason'`. */
  | 'thrown'
  /** The session may not do this. It is signed in, and its other statements go on. */
  | 'not-allowed'
  /** The name, the password or the token is wrong. */
  | 'credentials-refused'
  /** The session has ended: expired, unknown to the server, or no user is signed in on it. No statement was run. */
  | 'session-ended'
  /** The server is about to stop and runs nothing more. */
  | 'shutting-down'
  /** Skipped, because another statement of the same transaction failed. */
  | 'consequence'
  /** Everything else that the database says about a statement. */
  | 'statement'
  /** Not an answer of the database. */
  | 'other';

/*
 * Each pattern matches the beginning of a message only: the rest may quote a value that a user chose.
 */

/** One statement lost a race, or its whole transaction did; the second form is that of servers before 3. */
const CONFLICT =
  /^(query not executed: )?(transaction conflict: |there was a problem with a datastore transaction: transaction (read |write )?conflict)/i;
const SHUTTING_DOWN = /^the server is gracefully shutting down/i;
/** On every statement of a failed transaction but the one to blame. */
const CONSEQUENCE =
  /^the query was not executed due to a (failed|cancelled) transaction|^the transaction was (cancelled|aborted)/i;
const IN_UNIQUE_INDEX = /^database index `.*` already contains/i;
const EXPIRED = /^the (session|token) has expired/i;

/** Returns the kind of an error. Never throws. */
export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (!(error instanceof ServerError)) return 'other';
  const { message } = error;
  // Words that a statement throws are the application's, whatever they say.
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

/** True if the same transaction, sent again, may succeed. */
export const isConflict = (error: unknown): boolean => databaseErrorKind(error) === 'conflict';

/** True if the record or the unique value was there before. */
export const isAlreadyExists = (error: unknown): boolean => databaseErrorKind(error) === 'already-exists';

/** True if the session has ended, so that signing in again may help. No statement was run. */
export const isSessionEnded = (error: unknown): boolean => databaseErrorKind(error) === 'session-ended';

/** True if a token, or the session that it began, is past its time. */
export function isExpired(error: unknown): boolean {
  return error instanceof ServerError && !(error instanceof ThrownError) && EXPIRED.test(error.message);
}

/** True if the database answered about the statement: the connection and the session are as good as before. */
export function isStatementError(error: unknown): boolean {
  const kind = databaseErrorKind(error);
  return !['other', 'session-ended', 'credentials-refused', 'shutting-down'].includes(kind);
}

/** Of several errors of one text, the one to blame: a statement of a failed transaction says only that it was skipped. */
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
