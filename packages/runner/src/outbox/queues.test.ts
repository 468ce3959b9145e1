import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createSlots } from './slots.ts';

const IDLE = { backlog: false, unwritten: 0 };
const BACKLOG = { backlog: true, unwritten: 0 };

function createRecorded(concurrency: number, routes: Record<string, number> = {}) {
  const started: string[] = [];
  const slots = createSlots<string>({
    concurrency,
    routes: new Map(Object.entries(routes)),
    start: (item) => started.push(item),
  });
  return { slots, started };
}

describe('slots', () => {
  test('start what they have room for, and the next in its order when one is done', () => {
    const { slots, started } = createRecorded(2);
    for (const item of ['a', 'b', 'c', 'd']) expect(slots.add(item, '/x')).toBeUndefined();
    expect(started).toEqual(['a', 'b']);
    slots.done('/x', 5);
    slots.done('/x', 5);
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('want as many as are free, and nothing ahead while nothing is known of the attempts', () => {
    const { slots } = createRecorded(4);
    expect(slots.room(IDLE)).toBe(4);
    slots.add('a', '/x');
    expect(slots.room(IDLE)).toBe(3);
    expect(slots.room(BACKLOG)).toBe(3);
  });

  test('look ahead by half a second of work while there is a backlog', () => {
    const { slots } = createRecorded(10);
    for (let index = 0; index < 200; index += 1) {
      slots.add('a', '/x');
      slots.done('/x', 100);
    }
    expect(slots.room(IDLE)).toBe(10);
    expect(slots.room(BACKLOG)).toBe(10 + 49);
  });

  test('count what is not written yet, so that claims never outrun the writes', () => {
    const { slots } = createRecorded(10);
    expect(slots.room({ backlog: false, unwritten: 8 })).toBe(2);
    expect(slots.room({ backlog: false, unwritten: 30 })).toBe(0);
  });

  test('keep a route within its limit and send away what cannot wait, each later than the one before', () => {
    const { slots, started } = createRecorded(10, { '/slow': 2 });
    const delays = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => slots.add(item, '/slow'));
    expect(started).toEqual(['a', 'b']);
    expect(delays.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(Number(delays[4])).toBeGreaterThan(0);
    expect(Number(delays[5])).toBeGreaterThan(Number(delays[4]));
    slots.add('other', '/fast');
    expect(started).toEqual(['a', 'b', 'other']);
    slots.done('/slow', 10);
    expect(started).toEqual(['a', 'b', 'other', 'c']);
  });

  test('never send a job away for longer than a minute', () => {
    const { slots } = createRecorded(1, { '/slow': 1 });
    const delays = Array.from({ length: 200 }, () => slots.add('a', '/slow') ?? 0);
    expect(Math.max(...delays)).toBe(60_000);
  });

  test('give back what waits behind a job that waits too long', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { slots } = createRecorded(1);
      for (const item of ['a', 'b', 'c']) slots.add(item, '/x');
      expect(slots.takeBack(2_000)).toEqual([]);
      vi.advanceTimersByTime(2_000);
      expect(slots.takeBack(2_000)).toEqual(['b', 'c']);
      expect(slots.running).toBe(1);
      // It knows now that attempts are not short.
      expect(slots.room(BACKLOG)).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('whatever comes: limits hold, and every job is started, sent away or given back, once', () => {
    const path = fc.constantFrom('/a', '/b', '/c');
    const step = fc.oneof(
      { weight: 4, arbitrary: path.map((to) => ({ kind: 'add', to }) as const) },
      { weight: 3, arbitrary: fc.nat().map((which) => ({ kind: 'done', which }) as const) },
      { weight: 1, arbitrary: fc.constant({ kind: 'takeBack' } as const) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 100 }), (concurrency, steps) => {
        const limits = new Map([
          ['/a', 1],
          ['/b', 2],
        ]);
        const running: { id: number; path: string }[] = [];
        const settled: number[] = [];
        const slots = createSlots<{ id: number; path: string }>({
          concurrency,
          routes: limits,
          start: (item) => {
            running.push(item);
            settled.push(item.id);
          },
        });
        let id = 0;
        for (const one of steps) {
          if (one.kind === 'add') {
            const item = { id: id++, path: one.to };
            if (slots.add(item, one.to) !== undefined) settled.push(item.id);
          } else if (one.kind === 'done' && running.length > 0) {
            const [ended] = running.splice(one.which % running.length, 1);
            if (ended) slots.done(ended.path, 5);
          } else if (one.kind === 'takeBack') {
            settled.push(...slots.takeBack(0).map((item) => item.id));
          }
          expect(slots.running).toBe(running.length);
          expect(running.length).toBeLessThanOrEqual(concurrency);
          for (const [limited, limit] of limits) {
            expect(running.filter((item) => item.path === limited).length).toBeLessThanOrEqual(limit);
          }
        }
        settled.push(...slots.takeBack(0).map((item) => item.id));
        expect(settled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: id }, (_, index) => index));
      }),
    );
  });
});
