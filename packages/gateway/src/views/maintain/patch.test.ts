import { describe, expect, it } from 'vitest';
import type { RecordFields } from '../../permissions/evaluate.ts';
import { encodeRow, MemoryView, record, row } from '../../testing/memory-view.ts';
import { plan } from '../../testing/simple-plans.ts';
import { applyPatch, type Patch } from './patch.ts';
import { stateOf } from './state-of.ts';

const FIRST_TWO = plan('task', { orderBy: [{ field: 'n', descending: false }], limit: 2 });
const LINKED = plan('task', { related: [{ name: 'project', many: false, field: 'team', plan: plan('team') }] });
const tasks = (...numbers: number[]) => numbers.map((n) => row(`task:${n}`, { n }));

function patchOf(view: MemoryView, ...change: Parameters<MemoryView['change']>): Patch {
  const maintained = view.change(...change);
  return maintained.kind === 'patched' ? maintained.patch : expect.fail(maintained.kind);
}

describe('a patch', () => {
  it('sends new and changed rows, and only the part of a list that differs', () => {
    const view = new MemoryView(plan('task'), tasks(1, 2, 4));
    const { difference } = patchOf(view, { 'task:3': { n: 3 }, 'task:2': { n: 2, title: 'b' }, 'task:4': { n: 4 } });
    expect(difference.rows.map(([node, key]) => [node, key]).sort()).toEqual([
      [0, 'task:2'],
      [0, 'task:3'],
    ]);
    expect(difference.lists).toEqual([[0, '', [[2, 0, ['task:3']]]]]);
  });

  it('sends nothing of a reserved row', () => {
    const view = new MemoryView(FIRST_TWO, tasks(1, 2, 3));
    const { difference } = patchOf(view, { 'task:3': { n: 3, title: 'c' } });
    expect(difference).toEqual({ rows: [], lists: [] });
  });

  it.each<[string, number[], number[], Record<string, RecordFields | undefined>]>([
    ['a row is added', [1, 2], [1, 2, 3], { 'task:3': { n: 3 } }],
    ['a row is removed', [1, 2, 3], [2, 3], { 'task:1': undefined }],
    ['a reserved row is removed', [1, 2, 3], [1, 2], { 'task:3': undefined }],
    ['rows change places with the reserve', [1, 2, 3], [0, 1, 2, 3], { 'task:0': { n: 0 } }],
  ])('counts rows and bytes as a state that is read anew does, when %s', (_, before, after, change) => {
    const view = new MemoryView(FIRST_TWO, tasks(...before));
    patchOf(view, change);
    const { rowCount, bytes } = stateOf(view.compiled.nodes, tasks(...after), encodeRow);
    expect({ rowCount: view.state.rowCount, bytes: view.state.bytes }).toEqual({ rowCount, bytes });
  });

  it('counts the bytes of a row that grows', () => {
    const view = new MemoryView(plan('task'), tasks(1));
    const { bytes } = view.state;
    patchOf(view, { 'task:1': { n: 1, title: 'abc' } });
    expect(view.state.bytes).toBe(bytes + ',"title":"abc"'.length);
  });

  it('is of other rows if the view depends on other records afterwards', () => {
    const change = (view: MemoryView, ...rest: Parameters<MemoryView['change']>) => patchOf(view, ...rest).isOtherRows;
    expect(change(new MemoryView(plan('task'), tasks(1)), { 'task:1': { n: 2 } })).toBe(false);
    expect(change(new MemoryView(plan('task'), tasks(1)), { 'task:2': { n: 2 } })).toBe(true);
    expect(change(new MemoryView(plan('task'), tasks(1)), { 'task:1': undefined })).toBe(true);
    expect(change(new MemoryView(FIRST_TWO, tasks(1, 2)), { 'task:3': { n: 3 } })).toBe(true);
    const linked = new MemoryView(LINKED, [row('task:1', { project: [] })]);
    expect(change(linked, { 'task:1': { team: record('team:1') } }, [[1, 'team:1', undefined]])).toBe(true);
  });

  it('changes nothing before it is applied', () => {
    const view = new MemoryView(plan('task'), tasks(1));
    const other = new MemoryView(plan('task'), tasks(1));
    const patch = patchOf(other, { 'task:2': { n: 2 } });
    expect(view.list()).toBe('1 |');
    applyPatch(view.state, patch);
    expect(view.list()).toBe('1 2 |');
  });
});
