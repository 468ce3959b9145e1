import { ClientError, type ClientErrorCode } from '@spookify/client';

/** What a person in front of the screen can make of; every other code is for developers, and speaks for itself. */
const words: Partial<Record<ClientErrorCode, string>> = {
  SPOOKY_CLIENT_NOT_CONNECTED: 'The server is out of reach. Please try again in a moment.',
  SPOOKY_CLIENT_OUTCOME_UNKNOWN: 'The connection broke just then. Look whether it worked before you try again.',
  SPOOKY_CLIENT_SIGNED_OUT: 'You are signed out. Please sign in and try again.',
  SPOOKY_CLIENT_WRONG_VERSION: 'This page is of another version than its server. Load it again.',
  SPOOKY_CLIENT_REFUSED: 'That is not allowed, or it is not there any more.',
};

/** An error in words for the person in front of the screen, with what they can do about it. */
export function explain(error: unknown): string {
  if (error instanceof ClientError) return words[error.code] ?? error.message;
  return error instanceof Error ? error.message : 'Something unforeseen happened. Please try again.';
}
