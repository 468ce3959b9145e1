import { expect, it } from 'vitest';
import { failureText, isPassing } from './job-words.ts';

it('prefers the words of the route', () => {
  const words = { failures: { http_422: 'Change the text.' } };
  expect(failureText({ code: 'http_422' }, words)).toBe('Change the text.');
  expect(failureText({ code: 'http_404' }, words)).toMatch(/no longer exists/);
});

it.each([
  ['http_500', /had a problem/],
  ['http_503', /not available/],
  ['http_418', /did not accept/],
  ['backend_timeout', /too long/],
  ['a-code-of-tomorrow', /did not accept/],
  ['constructor', /did not accept/],
])('has a sentence for %s if the route has none', (code, sentence) => {
  expect(failureText({ code }, {})).toMatch(sentence);
  expect(failureText({ code }, { failures: {} })).toMatch(sentence);
});

it('distinguishes temporary failures', () => {
  const codes = ['http_503', 'http_429', 'backend_unreachable', 'http_422', 'http_404', 'payload_refused'];
  expect(codes.filter((code) => isPassing({ code }))).toEqual(['http_503', 'http_429', 'backend_unreachable']);
});
