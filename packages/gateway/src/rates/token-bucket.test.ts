import { expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

it('allows a burst, then a number per second', () => {
  let now = 0;
  const bucket = createTokenBucket(10, 3, () => now);
  const take = (count: number): boolean[] => Array.from({ length: count }, () => bucket.take());
  expect(take(4)).toEqual([true, true, true, false]);
  now += 100;
  expect(take(2)).toEqual([true, false]);
  now += 60_000;
  expect(take(4)).toEqual([true, true, true, false]);
});

it('takes several at once, or none of them', () => {
  let now = 0;
  const bucket = createTokenBucket(10, 5, () => now);
  expect([bucket.take(3), bucket.take(3), bucket.take(2)]).toEqual([true, false, true]);
  now += 300;
  expect([bucket.take(3), bucket.take()]).toEqual([true, false]);
});
