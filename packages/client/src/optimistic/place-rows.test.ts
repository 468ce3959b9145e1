import type { WirePlan } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { create, idOf, keysOf, remove, resultWith, update, viewOf } from '../testing/views.ts';
import type { LocalWrite } from './pending-records.ts';

const row = (key: string, n: number) => ({ id: idOf(`thread:${key}`), n });
const rows = [row('a', 10), row('b', 20), row('c', 30)];

function keysWith(plan: Partial<WirePlan>, ...writes: readonly LocalWrite[]): unknown[] {
  const whole: WirePlan = { table: 'thread', orderBy: [{ field: 'n' }], ...plan };
  // Another view has the rows around the window.
  const all: WirePlan = { table: 'thread' };
  const others = viewOf(all, [row('y', 5), ...rows, row('z', 40)]);
  return keysOf(resultWith(viewOf(whole, rows), whole, writes, [others]));
}

describe('a full window', () => {
  const full = (...writes: readonly LocalWrite[]): unknown[] => keysWith({ limit: 3 }, ...writes);

  it('takes a new row before its last one, and shows the last one no longer', () => {
    expect(full(create('thread:d', { n: 25 }))).toEqual(['a', 'b', 'd']);
    expect(full(create('thread:d', { n: 0 }), create('thread:e', { n: 5 }))).toEqual(['d', 'e', 'a']);
  });

  it('takes no row that sorts after its last one', () => {
    expect(full(create('thread:d', { n: 35 }))).toEqual(['a', 'b', 'c']);
    expect(full(create('thread:d'))).toEqual(['a', 'b', 'c']);
    expect(full(remove('thread:b'), create('thread:d', { n: 35 }))).toEqual(['a', 'c']);
  });

  it('takes a row that was outside and now sorts before its last one', () => {
    expect(full(update('thread:z', { n: 15 }))).toEqual(['a', 'z', 'b']);
    expect(full(update('thread:z', { n: 39 }))).toEqual(['a', 'b', 'c']);
  });

  it('becomes shorter when a row is deleted', () => {
    expect(full(remove('thread:b'))).toEqual(['a', 'c']);
  });

  it('keeps a row that now sorts after its last one, as the last one', () => {
    expect(full(update('thread:a', { n: 99 }))).toEqual(['b', 'c', 'a']);
    expect(full(update('thread:a', { n: 99 }), update('thread:b', { n: 98 }))).toEqual(['c', 'b', 'a']);
    expect(full(update('thread:a', { n: 99 }), create('thread:d', { n: 25 }))).toEqual(['b', 'd', 'c']);
  });

  it('of a limit of 0 takes nothing', () => {
    const plan: WirePlan = { table: 'thread', limit: 0 };
    expect(resultWith(viewOf(plan, []), plan, [create('thread:a')])).toEqual([]);
  });
});

describe('a window that is not full', () => {
  it('takes a row at its end, up to the limit', () => {
    expect(keysWith({ limit: 4 }, create('thread:d', { n: 35 }))).toEqual(['a', 'b', 'c', 'd']);
    expect(keysWith({ limit: 4 }, create('thread:d', { n: 35 }), create('thread:e', { n: 32 }))).toEqual([
      'a',
      'b',
      'c',
      'e',
    ]);
  });
});

describe('a window with an offset', () => {
  const page = (...writes: readonly LocalWrite[]): unknown[] => keysWith({ limit: 3, offset: 1 }, ...writes);

  it('changes, moves and removes its rows', () => {
    expect(page(update('thread:a', { n: 25 }))).toEqual(['b', 'a', 'c']);
    expect(page(update('thread:b', { n: 0 }))).toEqual(['b', 'a', 'c']);
    expect(page(update('thread:b', { n: 99 }))).toEqual(['a', 'c', 'b']);
    expect(page(remove('thread:b'))).toEqual(['a', 'c']);
  });

  it('takes a new row only between its rows', () => {
    expect(page(create('thread:d', { n: 15 }))).toEqual(['a', 'd', 'b']);
    expect(page(create('thread:d', { n: 0 }))).toEqual(['a', 'b', 'c']);
    expect(page(create('thread:d', { n: 35 }))).toEqual(['a', 'b', 'c']);
    const empty: WirePlan = { table: 'thread', offset: 1 };
    expect(resultWith(viewOf(empty, []), empty, [create('thread:a')])).toEqual([]);
  });

  it('takes no row that may come from before it', () => {
    expect(page(update('thread:y', { n: 15 }))).toEqual(['a', 'b', 'c']);
  });
});

describe('a single row', () => {
  const plan: WirePlan = { table: 'thread', orderBy: [{ field: 'n' }], single: true };

  it('is replaced by one that sorts before it', () => {
    expect(resultWith(viewOf(plan, row('b', 20)), plan, [create('thread:d', { n: 25 })])).toMatchObject({ n: 20 });
    expect(resultWith(viewOf(plan, row('b', 20)), plan, [create('thread:d', { n: 15 })])).toMatchObject({ n: 15 });
    expect(resultWith(viewOf(plan, null), plan, [create('thread:d', { n: 15 })])).toMatchObject({ n: 15 });
  });
});
