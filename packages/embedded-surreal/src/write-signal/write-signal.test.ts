import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WriteSignal } from './write-signal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (signal: WriteSignal, since: number | undefined) =>
  signal.wait({ since, timeoutMs: 30_000, onGone: () => () => {} });

it('publishes nothing for 250 ms after a thousand waiters were woken, however much is written', async () => {
  const signal = new WriteSignal();
  const first = (await wait(signal, undefined)) ?? 0;
  const crowd = Array.from({ length: 1000 }, () => wait(signal, first));
  signal.raise();
  await vi.advanceTimersByTimeAsync(1);
  expect(new Set(await Promise.all(crowd))).toEqual(new Set([first + 1]));
  const woken = vi.fn();
  for (let waiter = 0; waiter < 1000; waiter += 1) void wait(signal, first + 1).then(woken);
  for (let write = 0; write < 500; write += 1) signal.raise();
  await vi.advanceTimersByTimeAsync(200);
  expect(woken).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60);
  expect(woken).toHaveBeenCalledTimes(1000);
  expect(woken).toHaveBeenCalledWith(first + 501);
});

it('never loses a write that came while nothing was published', async () => {
  const signal = new WriteSignal();
  const first = (await wait(signal, undefined)) ?? 0;
  const crowd = Array.from({ length: 1000 }, () => wait(signal, first));
  signal.raise();
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(crowd);
  signal.raise();
  const late = wait(signal, first + 1);
  await vi.advanceTimersByTimeAsync(251);
  expect(await late).toBe(first + 2);
});

it('keeps no waiter after its timeout, its client or its end', async () => {
  const signal = new WriteSignal();
  const value = await wait(signal, undefined);
  const late = wait(signal, value);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await late).toBe(value);
  let leave = () => {};
  const gone = signal.wait({
    since: value,
    timeoutMs: 30_000,
    onGone: (cancel) => {
      leave = cancel;
      return () => {};
    },
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(signal.waiting).toBe(1);
  leave();
  expect(await gone).toBe(value);
  const closed = wait(signal, value);
  signal.close();
  expect(await closed).toBe(value);
  expect(signal.waiting).toBe(0);
  expect(await wait(signal, value)).toBe(value);
});
