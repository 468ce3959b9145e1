import { expect, test } from 'vitest';
import { timeUntil } from './time-until.ts';

const due = new Date('2026-03-10T12:00:00Z');

test.each([
  [400 * 86_400_000, 'in 400 days'],
  [2 * 86_400_000, 'in 2 days'],
  [47 * 3_600_000, 'in 47 h'],
  [5 * 60_000, 'in 5 min'],
  [4 * 60_000 + 1, 'in 5 min'],
  [119_000, 'in 119 s'],
  [2_400, 'in 3 s'],
  [1, 'in 1 s'],
  [0, 'now'],
  [-60_000, 'now'],
])('reads %i ms before the time as %s', (ms, text) => {
  expect(timeUntil(due, due.getTime() - ms)).toBe(text);
});
