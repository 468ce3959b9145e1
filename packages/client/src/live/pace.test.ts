import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from './pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const state = { isCostly: true, runs: 0 };
  const pace = new Pace(
    () => {
      state.runs += 1;
    },
    () => state.isCostly,
  );
  return { pace, state };
}

it('runs a cheap task at once', () => {
  const { pace, state } = start();
  state.isCostly = false;
  for (let n = 0; n < 3; n += 1) pace.request();
  expect(state.runs).toBe(3);
});

it('runs a costly task at once, and then once a frame', () => {
  const { pace, state } = start();
  for (let n = 0; n < 3; n += 1) pace.request();
  expect(state.runs).toBe(1);
  vi.advanceTimersByTime(16);
  expect(state.runs).toBe(2);
  vi.advanceTimersByTime(100);
  expect(state.runs).toBe(2);
  pace.request();
  expect(state.runs).toBe(3);
});

it('does not wait any more when the task is cheap again, or stopped', () => {
  const { pace, state } = start();
  for (let n = 0; n < 2; n += 1) pace.request();
  state.isCostly = false;
  pace.request();
  expect(state.runs).toBe(2);
  state.isCostly = true;
  pace.request();
  pace.stop();
  vi.advanceTimersByTime(100);
  expect(state.runs).toBe(2);
});
