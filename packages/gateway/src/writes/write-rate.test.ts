import { expect, it } from 'vitest';
import { createWriteRate } from './write-rate.ts';

it('refuses a write that is one too many, and says when to send it again', () => {
  const rate = createWriteRate({ perSecond: 10, burst: 2, retryMs: 500 }, () => 0);
  for (let write = 0; write < 2; write += 1) rate.take('ada');
  expect(() => rate.take('ada')).toThrow(
    expect.objectContaining({ body: expect.objectContaining({ code: 'SPOOKY_GATEWAY_BUSY', retryInMs: 500 }) }),
  );
  rate.take('ben');
});
