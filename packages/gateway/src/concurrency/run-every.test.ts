import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runEvery } from './run-every.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('leaves runs out while one is under way, and continues after a failure until it is stopped', async () => {
  const runs: PromiseWithResolvers<void>[] = [];
  const errors: unknown[] = [];
  const work = (): Promise<void> => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  };
  const stop = runEvery(1_000, work, (error) => errors.push(error));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toHaveLength(2);
  runs[1]?.reject(new Error('away'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(errors).toEqual([new Error('away')]);
  expect(runs).toHaveLength(3);
  runs[2]?.resolve();
  stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toHaveLength(3);
});
