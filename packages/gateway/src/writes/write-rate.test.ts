import { expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { createWriteRate } from './write-rate.ts';

function start() {
  let now = 0;
  const rate = createWriteRate({ perSecond: 10, burst: 3, retryMs: 500 }, () => now);
  const take = (user: string, count: number): boolean[] =>
    Array.from({ length: count }, () => {
      try {
        rate.take(user);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
        expect(error).toMatchObject({ body: { code: 'SPOOKY_GATEWAY_BUSY', retryInMs: 500 } });
        return false;
      }
    });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { take, pass };
}

it('allows each user a burst, then so many per second', () => {
  const { take, pass } = start();
  expect(take('ada', 4)).toEqual([true, true, true, false]);
  expect(take('ben', 2)).toEqual([true, true]);
  pass(100);
  expect(take('ada', 2)).toEqual([true, false]);
  pass(60_000);
  expect(take('ada', 4)).toEqual([true, true, true, false]);
});
