import { expect, test, vi } from 'vitest';
import { WAIT } from '../testing/supervise.ts';
import { Deadline } from './deadline.ts';

test('fires once unless it is disarmed', async () => {
  const deadline = new Deadline();
  const fire = vi.fn();
  deadline.arm(5, fire, true);
  deadline.arm(10, fire, true);
  await vi.waitFor(() => expect(fire).toHaveBeenCalledTimes(1), WAIT);

  const never = vi.fn();
  deadline.arm(1, never, true);
  deadline.disarm();
  await new Promise<void>((resolve) => new Deadline().arm(20, resolve, false));
  expect(never).not.toHaveBeenCalled();
  expect(fire).toHaveBeenCalledTimes(1);
});

test('waits once more after the host has stalled, so that messages are read first', async () => {
  const order: string[] = [];
  const fired = (name: string, patient: boolean) =>
    new Promise<number>((resolve) => {
      const fire = () => {
        order.push(name);
        resolve(performance.now());
      };
      new Deadline().arm(100, fire, patient);
    });
  const both = Promise.all([fired('patient', true), fired('strict', false)]);
  setTimeout(() => order.push('the next timer'), 100);
  const until = performance.now() + 500;
  while (performance.now() < until); // the host blocks its own event loop
  const [patient] = await both;
  expect(patient - until).toBeGreaterThan(95);
  expect(order).toEqual(['strict', 'the next timer', 'patient']);
});
