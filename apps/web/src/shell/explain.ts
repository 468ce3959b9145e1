import { ClientError, type ClientErrorCode } from '@spookify/client';
import { THROWN } from './thrown.ts';

/** An error, for two readers. */
export interface Explanation {
  /** What happened and what to do, for the person who uses the page. */
  readonly text: string;
  /** The code and message of the error, for developers; undefined if the text is complete. */
  readonly details: string | undefined;
}

const OUTDATED = 'This page is older or newer than its server. Reload the page.';

/** Every code of the client has a sentence, so that a person never sees only a message for developers. */
const sentences: Readonly<Record<ClientErrorCode, string>> = {
  SPOOKY_CLIENT_INVALID_CREDENTIALS: 'Wrong username or password.',
  SPOOKY_CLIENT_SIGN_UP_REFUSED: 'The account was not created. Check what you entered and try again.',
  SPOOKY_CLIENT_SIGNED_OUT: 'You are signed out. Sign in and try again.',
  SPOOKY_CLIENT_NOT_CONNECTED: 'The server is unreachable. Try again in a moment.',
  SPOOKY_CLIENT_OUTCOME_UNKNOWN:
    'The connection broke before the server answered. Check whether it worked before you try again.',
  SPOOKY_CLIENT_CLOSED: 'This page has closed its connection. Reload the page.',
  SPOOKY_CLIENT_UNKNOWN_TABLE: OUTDATED,
  SPOOKY_CLIENT_UNKNOWN_FIELD: OUTDATED,
  SPOOKY_CLIENT_UNKNOWN_RELATION: OUTDATED,
  SPOOKY_CLIENT_INVALID_QUERY: OUTDATED,
  SPOOKY_CLIENT_INVALID_WRITE: OUTDATED,
  SPOOKY_CLIENT_UNKNOWN_BACKEND: OUTDATED,
  SPOOKY_CLIENT_UNKNOWN_ROUTE: OUTDATED,
  SPOOKY_CLIENT_INVALID_PAYLOAD: OUTDATED,
  SPOOKY_CLIENT_INVALID_OPTION: OUTDATED,
  SPOOKY_CLIENT_TOO_LARGE: 'This is too long to send. Shorten it and try again.',
  SPOOKY_CLIENT_LIMIT: 'This is more than the server handles at once. Close other tabs of this site, or show less.',
  SPOOKY_CLIENT_BUSY: 'Too many requests at once. Wait a moment, then try again.',
  SPOOKY_CLIENT_REFUSED: 'This is not allowed, or it no longer exists.',
  SPOOKY_CLIENT_ALREADY_EXISTS: 'This already exists. Reload the page to see it.',
  SPOOKY_CLIENT_CONFLICT:
    'This has changed in the meantime, so it was not saved. Look at the new version and try again.',
  SPOOKY_CLIENT_BLOCKED: 'This belongs to another change that was not saved. Retry or discard that one first.',
  SPOOKY_CLIENT_STORAGE: 'This browser has no space left, so nothing was saved. Free some space and try again.',
  SPOOKY_CLIENT_DATABASE: 'The server did not accept this. Check what you entered and try again.',
  SPOOKY_CLIENT_GATEWAY: 'Something went wrong on the server. Try again in a moment.',
  SPOOKY_CLIENT_JOB_FAILED: 'This did not work. Try it again.',
  SPOOKY_CLIENT_JOB_MISSING: 'This is not there any more, or it belongs to another account.',
  SPOOKY_CLIENT_NOT_A_JOB: OUTDATED,
  SPOOKY_CLIENT_FOREIGN_ORIGIN: 'The server does not accept this address. Open the site at its usual address.',
  SPOOKY_CLIENT_WRONG_VERSION: 'This page has another version than its server. Reload the page.',
  SPOOKY_CLIENT_WRONG_DATABASE: 'This page belongs to another server. Open the site at its usual address.',
};

/** Codes whose sentence needs no details. */
const complete: ReadonlySet<ClientErrorCode> = new Set([
  'SPOOKY_CLIENT_INVALID_CREDENTIALS',
  'SPOOKY_CLIENT_SIGNED_OUT',
]);

/** Returns an error in words for the person who uses the page, with the technical reason for developers. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof ClientError)) {
    return { text: 'Something unexpected happened. Reload the page, then try again.', details: String(error) };
  }
  const reason = THROWN.get(error.reason ?? '');
  if (reason !== undefined) return { text: reason, details: undefined };
  return {
    text: sentences[error.code],
    details: complete.has(error.code) ? undefined : `${error.code}: ${error.message}`,
  };
}
