import { expect, test } from 'vitest';
import { relativeTime } from './relative-time.ts';

const now = Date.UTC(2026, 2, 10, 12);
const ago = (seconds: number) => relativeTime(new Date(now - seconds * 1000), now);

test.each([
  [0, 'just now'],
  [44, 'just now'],
  [45, '1 minute ago'],
  [5 * 60, '5 minutes ago'],
  [50 * 60, '1 hour ago'],
  [5 * 3600, '5 hours ago'],
  [23 * 3600, 'yesterday'],
  [3 * 86_400, '3 days ago'],
  [30 * 86_400, 'Feb 8, 2026'],
])('reads %i seconds ago as %s', (seconds, words) => {
  expect(ago(seconds)).toBe(words);
});

test('reads a time of a clock that is ahead as now, not as the future', () => {
  expect(ago(-90)).toBe('just now');
});
