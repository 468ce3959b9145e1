import { ClientError } from '@spookify/client';
import { explain } from '../shell/explain.ts';

/** What the access `account` throws at sign-up (schema/schema.surql), in words. */
const refusals: Record<string, string> = {
  'username-taken': 'This username is taken. Choose another one, or sign in if it is yours.',
  'username-invalid': 'A username has 3 to 32 letters, digits, hyphens or underscores, and nothing else.',
  'password-too-short': 'The password is too short: it needs at least 8 characters.',
};

/** Why somebody could not come in, and what to do about it. */
export function explainSignIn(error: unknown): string {
  if (!(error instanceof ClientError)) return explain(error);
  switch (error.code) {
    case 'SPOOKY_CLIENT_INVALID_CREDENTIALS':
      return 'Wrong username or password.';
    case 'SPOOKY_CLIENT_SIGN_UP_REFUSED':
      return refusals[error.reason ?? ''] ?? error.message;
    default:
      return explain(error);
  }
}
