import { expect, it } from 'vitest';
import { compare, summarize, throughput } from './measure.ts';

it('alternates the sides, leaves the first round out, and compares round by round', async () => {
  const order: string[] = [];
  let round = 0;
  const side = (name: string, figure: () => number) => async () => {
    order.push(name);
    return figure();
  };
  const { subject, baseline, ratio } = await compare('ms', 2, {
    subject: side('s', () => 10 * round),
    baseline: side('b', () => {
      round += 1;
      return 5 * round;
    }),
  });
  expect(order.join('')).toBe('bssbbs');
  expect([subject, baseline]).toEqual([
    [10, 30],
    [10, 15],
  ]);
  expect(ratio).toEqual({ median: 2, min: 1, max: 2 });
});

it('tells the middle and the edges', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(summarize(hundred)).toEqual({ median: 51, p90: 91, p99: 100, min: 1, max: 100, samples: 100 });
});

it('keeps as much in flight as it says, and does each piece once', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await throughput(20, 4, async (index) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    done.push(index);
  });
  expect(most).toBe(4);
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
});
