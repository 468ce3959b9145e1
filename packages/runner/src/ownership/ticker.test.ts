import { setImmediate as immediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { manualClock } from '../testing/manual-clock.ts';
import { createTicker } from './ticker.ts';

function setUp() {
  const clock = manualClock();
  const begun: number[] = [];
  let finish = (): void => {};
  const ticker = createTicker(clock, 100, () => {
    begun.push(clock.now());
    const { promise, resolve } = Promise.withResolvers<void>();
    finish = resolve;
    return promise;
  });
  const done = async (): Promise<void> => {
    finish();
    await immediate();
  };
  return { clock, begun, ticker, done };
}

it('works at a steady interval, however long the work takes', async () => {
  const { clock, begun, ticker, done } = setUp();
  ticker.start();
  ticker.start();
  clock.pass(30);
  await done();
  clock.pass(70);
  expect(begun).toEqual([0, 100]);
  clock.pass(250);
  expect(begun).toEqual([0, 100]);
  await done();
  clock.pass(0);
  expect(begun).toEqual([0, 100, 350]);
});

it('works when notified, and once more after the current run', async () => {
  const { clock, begun, ticker, done } = setUp();
  ticker.notify();
  expect(begun).toEqual([]);
  ticker.start();
  clock.pass(10);
  ticker.notify();
  ticker.notify();
  expect(begun).toEqual([0]);
  await done();
  expect(begun).toEqual([0, 10]);
  await done();
  clock.pass(20);
  ticker.notify();
  expect(begun).toEqual([0, 10, 30]);
  await done();
  clock.pass(99);
  expect(begun).toHaveLength(3);
  clock.pass(1);
  expect(begun).toEqual([0, 10, 30, 130]);
});

it('begins nothing after its stop', async () => {
  const { clock, begun, ticker, done } = setUp();
  ticker.start();
  ticker.notify();
  ticker.stop();
  await done();
  clock.pass(1_000);
  ticker.notify();
  ticker.start();
  expect(begun).toEqual([0]);
  expect(clock.timers).toBe(0);
});
