import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Renewal } from './renewal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('renews when the gateway said, again and again', async () => {
  const renew = vi.fn(async () => 1_000);
  const renewal = new Renewal(renew);
  renewal.schedule(1_000);
  await vi.advanceTimersByTimeAsync(999);
  expect(renew).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(3_001);
  expect(renew).toHaveBeenCalledTimes(4);
  renewal.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(renew).toHaveBeenCalledTimes(4);
});

it('does not look at the clock', async () => {
  const renew = vi.fn(async () => undefined);
  new Renewal(renew).schedule(1_000);
  vi.setSystemTime(Date.now() + 10 * 3_600_000);
  await vi.advanceTimersByTimeAsync(999);
  expect(renew).toHaveBeenCalledTimes(0);
  vi.setSystemTime(Date.now() - 100 * 3_600_000);
  await vi.advanceTimersByTimeAsync(1);
  expect(renew).toHaveBeenCalledTimes(1);
});

it('tries again later what has failed, and ends when the session is over', async () => {
  const renew = vi
    .fn<() => Promise<number | undefined>>()
    .mockRejectedValueOnce(new Error('no network'))
    .mockRejectedValueOnce(new Error('no network'))
    .mockResolvedValueOnce(undefined);
  new Renewal(renew).schedule(0);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(renew).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(30_001);
  expect(renew).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(1e9);
  expect(renew).toHaveBeenCalledTimes(3);
});

it('is not renewed after a sign-out that came while it was under way', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const renew = vi.fn(() => promise);
  const renewal = new Renewal(renew);
  renewal.schedule(0);
  await vi.advanceTimersByTimeAsync(0);
  renewal.cancel();
  resolve(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(renew).toHaveBeenCalledTimes(1);
});

it('takes any delay: a month is no reason to renew without end', async () => {
  const renew = vi.fn(async () => undefined);
  new Renewal(renew).schedule(40 * 24 * 3_600_000);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(renew).toHaveBeenCalledTimes(0);
});
