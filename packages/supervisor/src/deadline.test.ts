import { expect, test, vi } from 'vitest';
import { Deadline } from './deadline.ts';
import { PATIENCE } from './testing/supervise.ts';

test('fires once when nothing disarms it, and never when something does', async () => {
  const deadline = new Deadline();
  const fire = vi.fn();
  deadline.arm(5, fire, true);
  deadline.arm(10, fire, true);
  await vi.waitFor(() => expect(fire).toHaveBeenCalledTimes(1), PATIENCE);

  const never = vi.fn();
  deadline.arm(1, never, true);
  deadline.disarm();
  await new Promise<void>((resolve) => new Deadline().arm(20, resolve, false));
  expect(never).not.toHaveBeenCalled();
  expect(fire).toHaveBeenCalledTimes(1);
});

test('after the host itself has stalled it waits once more, so that what came meanwhile is read first', async () => {
  const fired = (patient: boolean) =>
    new Promise<number>((resolve) => new Deadline().arm(100, () => resolve(performance.now()), patient));
  const both = Promise.all([fired(true), fired(false)]);
  const until = performance.now() + 500;
  while (performance.now() < until); // the host blocks its own loop
  const [patient, strict] = await both;
  expect(patient - until).toBeGreaterThan(95);
  expect(patient - strict).toBeGreaterThan(50);
});
