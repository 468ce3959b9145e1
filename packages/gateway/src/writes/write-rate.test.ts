import { expect, it } from 'vitest';
import { createWriteRate } from './write-rate.ts';

it('refuses a write above the rate, and says when to repeat it', () => {
  const rate = createWriteRate({ perSecond: 10, burst: 2, retryMs: 500 }, () => 0);
  for (let write = 0; write < 2; write += 1) rate.take('ada');
  expect(() => rate.take('ada')).toThrow(
    expect.objectContaining({ body: expect.objectContaining({ code: 'SPOOKY_GATEWAY_BUSY', retryInMs: 500 }) }),
  );
  rate.take('ben');
});

it('says what was done too often', () => {
  const limits = { perSecond: 1, burst: 1, retryMs: 500 };
  const rate = createWriteRate(limits, () => 0, 'ask for jobs to be cancelled or retried');
  rate.take('ada');
  const message =
    'You ask for jobs to be cancelled or retried more than 1 times per second. Nothing was written; try again';
  expect(() => rate.take('ada')).toThrow(message);
});
