import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPath, signInPath } from './next-path.ts';

test('keeps a path of this app, with its query and hash', () => {
  expect(nextPath('/pages/abc?from=list#top')).toBe('/pages/abc?from=list#top');
});

test.each([
  undefined,
  '',
  'pages/abc',
  'https://elsewhere.example/',
  '//elsewhere.example/',
  '/\\elsewhere.example/',
  '/\t/elsewhere.example/',
  '/.//elsewhere.example/',
  ['/a', '/b'],
])('returns the home page instead of %j', (candidate) => {
  expect(nextPath(candidate)).toBe('/');
});

test('does not return the sign-in page itself', () => {
  expect(nextPath('/sign-in?next=/')).toBe('/');
  expect(nextPath('/sign-up')).toBe('/');
});

test('never leaves the origin', () => {
  fc.assert(
    fc.property(fc.webUrl(), fc.constantFrom('', '/', '//', '/.//', '/\\', '\\/'), (url, prefix) => {
      const target = new URL(nextPath(prefix + url), 'http://app.example');
      return target.origin === 'http://app.example';
    }),
  );
});

test('reads what signInPath writes', () => {
  const written = new URL(signInPath('/pages/abc?x=1&y=2'), 'http://app.example');
  expect(nextPath(written.searchParams.get('next'))).toBe('/pages/abc?x=1&y=2');
  expect(signInPath('/')).toBe('/sign-in');
});
