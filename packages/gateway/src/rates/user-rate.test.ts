import { expect, it } from 'vitest';
import { createUserRate } from './user-rate.ts';

function start() {
  let now = 0;
  const rate = createUserRate({ perSecond: 10, burst: 3 }, () => now);
  const take = (user: string, times: number): boolean[] => Array.from({ length: times }, () => rate.take(user));
  const pass = (ms: number): void => {
    now += ms;
  };
  return { rate, take, pass };
}

it('allows each user a burst, then a number per second', () => {
  const { take, pass } = start();
  expect(take('ada', 4)).toEqual([true, true, true, false]);
  expect(take('ben', 2)).toEqual([true, true]);
  pass(100);
  expect(take('ada', 2)).toEqual([true, false]);
  pass(60_000);
  expect(take('ada', 4)).toEqual([true, true, true, false]);
});

it('takes several at once, or none of them', () => {
  const { rate } = start();
  expect(rate.take('ada', 2)).toBe(true);
  expect(rate.take('ada', 2)).toBe(false);
  expect(rate.take('ada', 1)).toBe(true);
});
