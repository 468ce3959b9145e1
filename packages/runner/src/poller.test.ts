import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPoller, type Poller } from './poller.ts';

const POLL = 1000;
let polls: boolean[];
let work: () => Promise<void>;
let wake: Poller;
const onError = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  onError.mockReset();
  polls = [];
  work = async () => {};
  wake = createPoller(
    POLL,
    async (polled) => {
      polls.push(polled);
      await work();
    },
    onError,
  );
});
afterEach(async () => {
  await wake.stop();
  vi.useRealTimers();
});

describe('a poller', () => {
  test('works at the start, then at every poll', async () => {
    wake.start();
    expect(polls).toEqual([true]);
    await vi.advanceTimersByTimeAsync(2 * POLL);
    expect(polls).toEqual([true, true, true]);
  });

  test('does nothing before its start', () => {
    wake.notify();
    expect(polls).toEqual([]);
  });

  test('works once more after any number of notifications during a run', async () => {
    wake.start();
    for (let poll = 0; poll < 10; poll += 1) wake.notify();
    expect(polls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(polls).toEqual([true, false]);
  });

  test('never runs twice at the same time, and remembers a poll that came meanwhile', async () => {
    const first = Promise.withResolvers<void>();
    work = () => first.promise;
    wake.start();
    await vi.advanceTimersByTimeAsync(3 * POLL);
    expect(polls).toEqual([true]);
    first.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(polls).toEqual([true, true]);
  });

  test('keeps the earliest timer', async () => {
    wake.start();
    await vi.advanceTimersByTimeAsync(0);
    wake.after(500);
    wake.after(100);
    wake.after(300);
    await vi.advanceTimersByTimeAsync(100);
    expect(polls).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(500);
    expect(polls).toEqual([true, false]);
  });

  test('continues after an error', async () => {
    work = () => Promise.reject(new Error('no'));
    wake.start();
    await vi.advanceTimersByTimeAsync(POLL);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  test('stops for good, after the current run', async () => {
    const first = Promise.withResolvers<void>();
    work = () => first.promise;
    wake.start();
    wake.notify();
    wake.after(10);
    let stopped = false;
    const stop = wake.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    first.resolve();
    await stop;
    wake.notify();
    wake.start();
    await vi.advanceTimersByTimeAsync(5 * POLL);
    expect(polls).toEqual([true]);
  });
});
