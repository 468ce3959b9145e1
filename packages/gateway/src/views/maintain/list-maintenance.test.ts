import { describe, expect, it } from 'vitest';
import { MemoryView, record, row } from '../../testing/memory-view.ts';
import { plan } from '../../testing/simple-plans.ts';

const BY_N = [{ field: 'n', descending: false }];
const FIRST_THREE = plan('task', { orderBy: BY_N, limit: 3 });

/** Task 1 with n = 10, task 2 with n = 20, and so on. The list shows three and reserves two. */
const tasks = (count: number) => Array.from({ length: count }, (_, at) => row(`task:${at + 1}`, { n: 10 * (at + 1) }));
const cut = () => new MemoryView(FIRST_THREE, tasks(5));
const complete = () => new MemoryView(FIRST_THREE, tasks(4));

describe('a list with a limit', () => {
  it('inserts a row where its order puts it, and keeps what it pushes out in the reserve', () => {
    const view = cut();
    view.change({ 'task:9': { n: 15 } });
    expect(view.list()).toBe('1 9 2 | 3 4 …');
  });

  it('inserts a row into the reserve', () => {
    const view = cut();
    view.change({ 'task:9': { n: 45 } });
    expect(view.list()).toBe('1 2 3 | 4 9 …');
  });

  it('shows reserved rows in the place of removed ones, and is read again when the reserve is empty', () => {
    const view = cut();
    view.change({ 'task:2': undefined });
    expect(view.list()).toBe('1 3 4 | 5 …');
    view.change({ 'task:1': undefined });
    expect(view.list()).toBe('3 4 5 | …');
    expect(view.change({ 'task:3': undefined })).toEqual({ kind: 'rerun', reason: 'window' });
  });

  it('becomes shorter if no rows follow', () => {
    const view = complete();
    view.change({ 'task:1': undefined, 'task:2': undefined });
    expect(view.list()).toBe('3 4 |');
  });

  it('does not hold a row behind its reserve, before which others may come', () => {
    expect(cut().change({ 'task:9': { n: 99 } })).toEqual({ kind: 'unchanged' });
  });

  it('reserves a row at its end if no rows follow', () => {
    const view = complete();
    view.change({ 'task:9': { n: 99 } });
    expect(view.list()).toBe('1 2 3 | 4 9');
    view.change({ 'task:8': { n: 98 } });
    expect(view.list()).toBe('1 2 3 | 4 8 …');
  });

  it('moves a row within the list, into the reserve and behind it', () => {
    const view = cut();
    view.change({ 'task:1': { n: 25 } });
    expect(view.list()).toBe('2 1 3 | 4 5 …');
    view.change({ 'task:1': { n: 45 } });
    expect(view.list()).toBe('2 3 4 | 1 5 …');
    view.change({ 'task:2': { n: 99 } });
    expect(view.list()).toBe('3 4 1 | 5 …');
  });

  it('shows the present content of a row that was changed in the reserve', () => {
    const view = cut();
    view.change({ 'task:4': { n: 40, title: 'new' } });
    view.change({ 'task:1': undefined });
    expect(view.json(0, 'task:4')).toMatchObject({ title: 'new' });
  });

  it.each([
    ['out of the window', { 'task:3': { n: 30, title: 'new' }, 'task:9': { n: 15 } }, '1 9 2 | 3 4 …'],
    ['into the window', { 'task:4': { n: 40, title: 'new' }, 'task:1': undefined }, '2 3 4 | 5 …'],
  ])('moves a changed row %s, because of another row', (_, change, expected) => {
    const view = cut();
    view.change(change);
    expect(view.list()).toBe(expected);
  });

  it('orders rows with equal values by their ids', () => {
    const view = cut();
    view.change({ 'task:9': { n: 20 }, 'task:0': { n: 20 } });
    expect(view.list()).toBe('1 0 2 | 9 3 …');
  });

  it('orders a descending field from the highest value', () => {
    const newest = plan('task', { orderBy: [{ field: 'n', descending: true }] });
    const view = new MemoryView(newest, tasks(3).reverse());
    view.change({ 'task:9': { n: 25 } });
    expect(view.list()).toBe('3 9 2 1 |');
  });

  it('is read again if only the engine knows the order', () => {
    expect(cut().change({ 'task:9': { n: Number.NaN } })).toEqual({ kind: 'rerun', reason: 'order' });
  });

  it('is read again if it skips rows', () => {
    const view = new MemoryView(plan('task', { orderBy: BY_N, limit: 3, offset: 1 }), tasks(3));
    expect(view.change({ 'task:9': { n: 15 } })).toEqual({ kind: 'rerun', reason: 'offset' });
  });
});

describe('the lists of a relation to many', () => {
  const TEAMS = plan('team', {
    related: [{ name: 'tasks', many: true, field: 'team', plan: plan('task', { orderBy: BY_N, limit: 2 }) }],
  });
  const task = (key: number, team: number, n: number) => row(`task:${key}`, { n, team: record(`team:${team}`) });
  const teams = () =>
    new MemoryView(TEAMS, [
      row('team:1', { tasks: [task(1, 1, 10), task(2, 1, 20), task(3, 1, 30)] }),
      row('team:2', { tasks: [task(4, 2, 10)] }),
    ]);

  it('move a row from one parent to another', () => {
    const view = teams();
    view.change({ 'task:1': { n: 5, team: record('team:2') } });
    expect([view.list(1, 'team:1'), view.list(1, 'team:2')]).toEqual(['2 3 |', '1 4 |']);
  });

  it('move a row out of one reserve into another', () => {
    const view = teams();
    view.change({ 'task:5': { n: 15, team: record('team:2') } });
    view.change({ 'task:3': { n: 40, team: record('team:2') } });
    expect([view.list(1, 'team:1'), view.list(1, 'team:2')]).toEqual(['1 2 |', '4 5 | 3']);
  });

  it('drop a row whose parent is not shown', () => {
    const view = teams();
    view.change({ 'task:1': { n: 10, team: record('team:7') } });
    expect(view.list(1, 'team:1')).toBe('2 3 |');
    expect(view.json(1, 'task:1')).toBeUndefined();
  });

  it('go with their parent', () => {
    const view = teams();
    view.change({ 'team:1': undefined });
    expect(view.list(1, 'team:1')).toBe('|');
    expect([...(view.state.nodes[1]?.rows.keys() ?? [])]).toEqual(['task:4']);
    expect([...(view.state.nodes[1]?.reserved.keys() ?? [])]).toEqual([]);
  });

  it('are read with a new parent', () => {
    const view = teams();
    const asked = view.change({ 'team:3': {} });
    expect(asked).toEqual({ kind: 'ask', questions: [{ node: 0, id: record('team:3') }] });
    view.change({ 'team:3': {} }, [[0, 'team:3', row('team:3', { tasks: [task(6, 3, 10)] })]]);
    expect([view.list(), view.list(1, 'team:3')]).toEqual(['1 2 3 |', '6 |']);
  });

  it.each([
    ['shows', [task(1, 3, 10)]],
    ['reserves', [task(6, 3, 1), task(7, 3, 2), task(1, 3, 10)]],
  ])('are read again if a new parent %s a row that another list still has', (_, related) => {
    const answer = [0, 'team:3', row('team:3', { tasks: related })] as const;
    const moved = { 'team:3': {}, 'task:1': { n: 10, team: record('team:3') } };
    expect(teams().change(moved, [answer])).toEqual({ kind: 'rerun', reason: 'moved' });
  });
});
