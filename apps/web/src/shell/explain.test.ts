import { ClientError, type ClientErrorCode } from '@spookify/client';
import { expect, it } from 'vitest';
import { explain } from './explain.ts';

const refused = (reason: string) => new ClientError('SPOOKY_CLIENT_SIGN_UP_REFUSED', 'Refused.', { reason });

it.each([
  [refused('username-taken'), /taken/],
  [refused('username-invalid'), /3 to 32/],
  [refused('password-too-short'), /at least 8/],
  [new ClientError('SPOOKY_CLIENT_INVALID_CREDENTIALS', 'No.'), /Wrong username or password/],
])('explains %s in one sentence without details', (error, text) => {
  expect(explain(error)).toEqual({ text: expect.stringMatching(text), details: undefined });
});

it.each(['a-new-reason', 'constructor', 'IAM error: Not enough permissions'])(
  'does not show a reason that it has no text for: %s',
  (reason) => {
    const { text, details } = explain(refused(reason));
    expect(text).toMatch(/account was not created/);
    expect(details).toBe('SPOOKY_CLIENT_SIGN_UP_REFUSED: Refused.');
  },
);

it.each<[ClientErrorCode, RegExp]>([
  ['SPOOKY_CLIENT_NOT_CONNECTED', /unreachable/],
  ['SPOOKY_CLIENT_DATABASE', /did not accept/],
  ['SPOOKY_CLIENT_UNKNOWN_ROUTE', /Reload the page/],
])('puts what a developer does about %s into the details', (code, text) => {
  const message = 'After a change of sp00ky.yml, run `spooky generate`.';
  expect(explain(new ClientError(code, message))).toEqual({
    text: expect.stringMatching(text),
    details: `${code}: ${message}`,
  });
});

it.each([new TypeError('x is not a function'), 'odd', undefined])(
  'has a sentence for an error of any kind: %s',
  (error) => {
    expect(explain(error)).toEqual({ text: expect.stringMatching(/unexpected/), details: String(error) });
  },
);
