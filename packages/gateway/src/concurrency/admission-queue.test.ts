import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAdmissionQueue } from './admission-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function queue() {
  const made = createAdmissionQueue({ atOnce: 1, waiting: 3, waitingPerAddress: 2, waitMs: 1_000 });
  const gate = Promise.withResolvers<string>();
  return { gate, run: (address: string) => made.run(address, () => gate.promise) };
}

it('runs waiting work in order', async () => {
  const { gate, run } = queue();
  const all = Promise.all([run('a'), run('a'), run('b')]);
  gate.resolve('done');
  expect(await all).toEqual(['done', 'done', 'done']);
});

it('limits how many wait, in total and from one address', async () => {
  const { gate, run } = queue();
  const running = run('a');
  const waiting = [run('a'), run('a')];
  expect(await run('a')).toBeUndefined();
  waiting.push(run('b'));
  expect(await run('c')).toBeUndefined();
  gate.resolve('done');
  expect(await Promise.all([running, ...waiting])).toEqual(['done', 'done', 'done', 'done']);
});

it('rejects work that waits too long', async () => {
  const { gate, run } = queue();
  const running = run('a');
  const late = run('b');
  vi.advanceTimersByTime(1_000);
  expect(await late).toBeUndefined();
  gate.resolve('done');
  expect(await running).toBe('done');
  expect(await run('b')).toBe('done');
});
