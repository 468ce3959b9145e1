import { ClientError } from './errors.ts';

/** The error for what is larger than the gateway allows, before it is sent. */
export function tooLarge(what: string, limit: string, remedy: string): ClientError {
  const message = `${what} is too large: at most ${limit} are allowed. Nothing was sent. ${remedy}`;
  return new ClientError('SPOOKY_CLIENT_TOO_LARGE', message);
}

/** The length of a text in UTF-8. Bytes. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
