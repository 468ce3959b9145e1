import { ClientError } from '@spookify/client';
import { expect, test } from 'vitest';
import { explainSignIn } from './explain-sign-in.ts';

const refused = (reason: string) => new ClientError('SPOOKY_CLIENT_SIGN_UP_REFUSED', 'Refused.', { reason });

test.each([
  [refused('username-taken'), /taken/],
  [refused('username-invalid'), /3 to 32/],
  [refused('password-too-short'), /at least 8/],
  [refused('a-new-reason'), /^Refused\.$/],
  [new ClientError('SPOOKY_CLIENT_INVALID_CREDENTIALS', 'No.'), /Wrong username or password/],
  [new ClientError('SPOOKY_CLIENT_NOT_CONNECTED', 'No.'), /out of reach/],
  [new TypeError('Odd.'), /^Odd\.$/],
  ['odd', /unforeseen/],
])('says why %s', (error, words) => {
  expect(explainSignIn(error)).toMatch(words);
});
