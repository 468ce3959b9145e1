import type { WirePlan } from '@spookify/gateway/wire';
import { DateTime } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { create, idOf, keysOf, remove, resultWith, update, viewOf } from '../testing/views.ts';
import { knownRows } from './known-rows.ts';
import { Overlay } from './overlay.ts';
import { type LocalWrite, pendingRecords } from './pending-records.ts';

const thread = (key: string, fields: object = {}) => ({ id: idOf(`thread:${key}`), ...fields });
const PLAN: WirePlan = { table: 'thread' };
const OPEN: WirePlan = { table: 'thread', where: { field: 'open', is: 'eq', value: true } };
const NEWEST: WirePlan = { table: 'thread', orderBy: [{ field: 'n', descending: true }] };

describe('a pending create', () => {
  it('shows where it matches', () => {
    const view = viewOf(OPEN, [thread('b', { open: true })]);
    const writes = [create('thread:a', { open: true, title: 'x' }), create('thread:c', { open: false })];
    expect(resultWith(view, OPEN, writes)).toEqual([
      thread('a', { open: true, title: 'x' }),
      thread('b', { open: true }),
    ]);
  });

  it('shows only what is selected, and no field that is NONE', () => {
    const plan: WirePlan = { table: 'thread', select: ['n', 'title'] };
    const write = create('thread:a', { title: undefined, n: 1, open: true });
    expect(resultWith(viewOf(plan, []), plan, [write])).toStrictEqual([thread('a', { n: 1 })]);
  });

  it('with an unknown condition shows unless another condition is false', () => {
    const is = (field: string) => ({ field, is: 'eq', value: 1 }) as const;
    const plan: WirePlan = { table: 'thread', where: { all: [is('n'), is('m')] } };
    const writes = [
      create('thread:a', { n: 1 }),
      create('thread:b', { n: 2 }),
      create('thread:c', { n: 1, m: undefined }),
    ];
    expect(keysOf(resultWith(viewOf(plan, []), plan, writes))).toEqual(['a']);
  });

  it('with an unknown place is first in a descending order and last in an ascending one', () => {
    const rows = [thread('a', { n: 2 }), thread('b', { n: 1 })];
    expect(keysOf(resultWith(viewOf(NEWEST, rows), NEWEST, [create('thread:c'), create('thread:d')]))).toEqual([
      'd',
      'c',
      'a',
      'b',
    ]);
    const oldest: WirePlan = { table: 'thread', orderBy: [{ field: 'n' }] };
    expect(keysOf(resultWith(viewOf(oldest, rows.toReversed()), oldest, [create('thread:0')]))).toEqual([
      'b',
      'a',
      '0',
    ]);
  });

  it('changes nothing once the view has the record', () => {
    const view = viewOf(OPEN, [
      thread('a', { open: true, title: 'trimmed', at: new DateTime('2026-01-01T00:00:00Z') }),
    ]);
    expect(resultWith(view, OPEN, [create('thread:a', { open: false, title: ' trimmed ' })])).toBe(view.result);
  });

  it('after a delete of the same id has nothing of the deleted record', () => {
    const view = viewOf(PLAN, [thread('a', { title: 'old', n: 1 })]);
    expect(resultWith(view, PLAN, [remove('thread:a'), create('thread:a', { title: 'new' })])).toStrictEqual([
      thread('a', { title: 'new' }),
    ]);
  });
});

describe('a pending update', () => {
  const rows = [
    thread('a', { n: 3, open: true }),
    thread('b', { n: 2, open: true }),
    thread('c', { n: 1, open: true }),
  ];

  it('changes the row in place, and removes fields that become NONE', () => {
    const view = viewOf(PLAN, rows);
    expect(resultWith(view, PLAN, [update('thread:b', { n: undefined, title: 'x' })])).toStrictEqual([
      rows[0],
      thread('b', { open: true, title: 'x' }),
      rows[2],
    ]);
  });

  it('changes only what is selected', () => {
    const plan: WirePlan = { table: 'thread', select: ['n'] };
    const view = viewOf(plan, [thread('a', { n: 1 })]);
    expect(resultWith(view, plan, [update('thread:a', { open: false })])).toBe(view.result);
  });

  it.each([
    [4, ['c', 'a', 'b']],
    [2, ['a', 'c', 'b']],
    [0, ['a', 'b', 'c']],
  ])('moves the row if an ordered field becomes %i', (n, keys) => {
    expect(keysOf(resultWith(viewOf(NEWEST, rows), NEWEST, [update('thread:c', { n })]))).toEqual(keys);
  });

  it('orders by id in the direction of the last field', () => {
    const writes = ['a', 'b', 'c'].map((key) => update(`thread:${key}`, { n: 7 }));
    expect(keysOf(resultWith(viewOf(NEWEST, rows), NEWEST, writes))).toEqual(['c', 'b', 'a']);
  });

  it('removes a row that no longer matches, and adds one that now matches and is known', () => {
    const all = viewOf(PLAN, [...rows, thread('d', { n: 0, open: false })]);
    const view = viewOf(OPEN, rows);
    const writes = [update('thread:b', { open: false }), update('thread:d', { open: true })];
    expect(resultWith(view, OPEN, writes, [all])).toStrictEqual([rows[0], rows[2], thread('d', { n: 0, open: true })]);
    expect(keysOf(resultWith(view, OPEN, writes))).toEqual(['a', 'c']);
  });

  it('does not add a row of which the view would show an unknown field', () => {
    const some: WirePlan = { table: 'thread', select: ['n'] };
    const known = viewOf(some, [thread('d', { n: 0 })]);
    const write = update('thread:d', { open: true });
    expect(keysOf(resultWith(viewOf(OPEN, rows), OPEN, [write], [known]))).toEqual(['a', 'b', 'c']);
    const plan = { ...OPEN, select: ['n'] };
    const narrow = ['a', 'b', 'c'].map((key) => thread(key, { n: 1 }));
    expect(keysOf(resultWith(viewOf(plan, narrow), plan, [write], [known]))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps a row whose membership depends on a field that is not known', () => {
    const hidden = { field: 'secret', is: 'eq', value: 1 } as const;
    const open = { field: 'open', is: 'eq', value: true } as const;
    const plan: WirePlan = { table: 'thread', select: ['n', 'open'], where: { all: [hidden, open] } };
    const view = viewOf(plan, rows);
    expect(keysOf(resultWith(view, plan, [update('thread:b', { n: 9 })]))).toEqual(['a', 'b', 'c']);
    expect(keysOf(resultWith(view, plan, [update('thread:b', { open: false })]))).toEqual(['a', 'c']);
    expect(keysOf(resultWith(view, plan, [update('thread:b', { secret: 2 })]))).toEqual(['a', 'c']);
    expect(keysOf(resultWith(view, plan, [update('thread:b', { secret: 1 })]))).toEqual(['a', 'b', 'c']);
  });

  it('keeps the place of a row if the view does not have the ordered field', () => {
    const plan: WirePlan = { ...NEWEST, select: ['open'] };
    const narrow = ['a', 'b', 'c'].map((key) => thread(key, { open: true }));
    const view = viewOf(plan, narrow);
    expect(keysOf(resultWith(view, plan, [update('thread:c', { n: 9, open: false })]))).toEqual(['a', 'b', 'c']);
  });
});

describe('a pending delete', () => {
  it('removes the row', () => {
    const view = viewOf(PLAN, [thread('a'), thread('b')]);
    expect(keysOf(resultWith(view, PLAN, [remove('thread:a')]))).toEqual(['b']);
    expect(resultWith(view, PLAN, [remove('thread:a'), remove('thread:b')])).toEqual([]);
    const one: WirePlan = { ...PLAN, single: true };
    expect(resultWith(viewOf(one, thread('a')), one, [remove('thread:a')])).toBeNull();
  });
});

describe('an overlay', () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `t${String(at).padStart(5, '0')}`);

  it('gives the result of the view if no write concerns it', () => {
    const view = viewOf(PLAN, [thread('a')]);
    for (const writes of [[], [create('job:a')], [update('thread:b', { n: 1 })], [update('thread:a', {})]]) {
      expect(resultWith(view, PLAN, writes)).toBe(view.result);
    }
  });

  it('makes one new row of ten thousand', () => {
    const plan: WirePlan = { table: 'thread', orderBy: [{ field: 'n' }] };
    const view = viewOf(
      plan,
      keys.map((key, n) => thread(key, { n })),
    );
    const before = view.result as object[];
    const after = resultWith(view, plan, [update('thread:t05000', { n: 42.5 })]) as object[];
    const known = new Set(before);
    expect(after.map((row, at) => (known.has(row) ? -1 : at)).filter((at) => at >= 0)).toEqual([43]);
    expect(after).toHaveLength(10_000);
  });

  it('makes many new rows of one list', () => {
    const view = viewOf(
      PLAN,
      keys.map((key) => thread(key, { n: 0 })),
    );
    const writes = keys.filter((_, at) => at % 100 === 0).map((key) => update(`thread:${key}`, { n: 1 }));
    const after = resultWith(view, PLAN, writes) as { n: number }[];
    expect(after.filter(({ n }) => n === 1)).toHaveLength(100);
  });

  it('keeps what has not changed since the last result', () => {
    const view = viewOf(PLAN, [thread('a', { n: 1 }), thread('b', { n: 1 })]);
    const overlay = new Overlay(PLAN);
    const show = (...writes: readonly LocalWrite[]): unknown =>
      overlay.result(view, pendingRecords(writes), knownRows([view]));
    const at = (): DateTime => new DateTime('2026-01-01T00:00:00Z');
    const first = show(create('thread:c', { at: at(), title: 'x' })) as object[];
    expect(show(create('thread:c', { at: at(), title: 'x' }))).toBe(first);
    const second = show(create('thread:c', { at: at(), title: 'x' }), update('thread:a', { n: 2 })) as object[];
    expect(second.slice(1)).toEqual(first.slice(1));
    for (const row of [1, 2]) expect(second[row]).toBe(first[row]);
    const third = show(create('thread:c', { at: at(), title: 'y' })) as { at?: DateTime }[];
    expect(third[2]?.at).toBe((first[2] as { at?: DateTime }).at);
    expect(show()).toBe(view.result);
  });
});
