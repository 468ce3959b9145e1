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
  const patient = vi.fn();
  const strict = vi.fn();
  const deadlines = [new Deadline(), new Deadline()] as const;
  deadlines[0].arm(100, patient, true);
  deadlines[1].arm(100, strict, false);
  const until = performance.now() + 500;
  while (performance.now() < until); // the host blocks its own loop
  await vi.waitFor(() => expect(strict).toHaveBeenCalled(), PATIENCE);
  expect(patient).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(patient).toHaveBeenCalledTimes(1), PATIENCE);
});
