import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;
const full = () => new Error('full');

/** A task that reports its start and ends when the test decides. */
function task() {
  const done = Promise.withResolvers<string>();
  const state = {
    started: false,
    end: done.resolve,
    fail: done.reject,
    run: () => {
      state.started = true;
      return done.promise;
    },
  };
  return state;
}

describe('slots', () => {
  it('run as many tasks as there are slots, and the rest in order', async () => {
    const slots = createSlots({ places: 2, queue: 10 });
    const tasks = [task(), task(), task(), task()];
    const results = tasks.map((one) => slots.run(one.run, never, full));
    await Promise.resolve();
    expect(tasks.map(({ started }) => started)).toEqual([true, true, false, false]);
    tasks[1]?.end('second');
    await expect(results[1]).resolves.toBe('second');
    expect(tasks.map(({ started }) => started)).toEqual([true, true, true, false]);
    tasks[0]?.fail(new Error('first'));
    await expect(results[0]).rejects.toThrow('first');
    expect(tasks[3]?.started).toBe(true);
    for (const one of tasks) one.end('done');
    await Promise.all([results[2], results[3]]);
  });

  it('refuse a task while the queue is full, and accept one afterwards', async () => {
    const slots = createSlots({ places: 1, queue: 1 });
    const [running, waiting] = [task(), task()];
    const results = [slots.run(running.run, never, full), slots.run(waiting.run, never, full)];
    await expect(slots.run(task().run, never, full)).rejects.toThrow('full');
    running.end('a');
    waiting.end('b');
    await expect(Promise.all(results)).resolves.toEqual(['a', 'b']);
    await expect(slots.run(async () => 'c', never, full)).resolves.toBe('c');
  });

  it('drop a caller that stops waiting', async () => {
    const slots = createSlots({ places: 1, queue: 1 });
    const running = task();
    const controller = new AbortController();
    const first = slots.run(running.run, never, full);
    const gone = task();
    const given = slots.run(gone.run, controller.signal, full);
    controller.abort(new Error('no longer'));
    await expect(given).rejects.toThrow('no longer');
    await expect(slots.run(gone.run, controller.signal, full)).rejects.toThrow('no longer');
    const next = slots.run(async () => 'next', never, full);
    running.end('first');
    await expect(Promise.all([first, next])).resolves.toEqual(['first', 'next']);
    expect(gone.started).toBe(false);
  });
});
