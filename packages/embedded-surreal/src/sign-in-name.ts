import { createHash } from 'node:crypto';
import { codec } from './codec.ts';

/** What may be a secret, and changes with every guess. */
const SECRET = /pass|secret|key|token|code|pin|otp/i;

/**
 * Whom somebody wants to sign in as: everything in the credentials but the secrets, as a digest, because what a client
 * sends may be long, and may be a secret after all.
 */
export function signInName(params: Uint8Array): string {
  const hash = createHash('sha256');
  try {
    const named = JSON.stringify(codec.decode(params), (key, value: unknown) => (SECRET.test(key) ? undefined : value));
    hash.update(named ?? '');
  } catch {
    // Not of a form that could sign anybody in.
  }
  return hash.digest('base64');
}
