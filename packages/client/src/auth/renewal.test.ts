import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Renewal } from './renewal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('renews repeatedly at the times that the gateway gives', async () => {
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

it('does not depend on the clock', async () => {
  const renew = vi.fn(async () => undefined);
  new Renewal(renew).schedule(1_000);
  vi.setSystemTime(Date.now() + 10 * 3_600_000);
  await vi.advanceTimersByTimeAsync(999);
  expect(renew).toHaveBeenCalledTimes(0);
  vi.setSystemTime(Date.now() - 100 * 3_600_000);
  await vi.advanceTimersByTimeAsync(1);
  expect(renew).toHaveBeenCalledTimes(1);
});

it('retries a failed renewal later, and ends when the session has ended', async () => {
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

it('does not renew after a sign-out during a renewal', async () => {
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

it('accepts any delay: a month does not cause endless renewals', async () => {
  const renew = vi.fn(async () => undefined);
  new Renewal(renew).schedule(40 * 24 * 3_600_000);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(renew).toHaveBeenCalledTimes(0);
});
