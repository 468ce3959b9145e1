import { describe, expect, it, vi } from 'vitest';
import type { RecordFields } from '../../permissions/evaluate.ts';
import { MemoryView, record, row } from '../../testing/memory-view.ts';
import { plan } from '../../testing/simple-plans.ts';

const TASKS = plan('task', { related: [{ name: 'project', many: false, field: 'team', plan: plan('team') }] });
const linked = (team: number): RecordFields => ({ team: record(`team:${team}`) });
const task = (key: number, team: number, project: readonly RecordFields[]) =>
  row(`task:${key}`, { ...linked(team), project });

/** Tasks 1 and 2 link to the same team. */
const shared = () =>
  new MemoryView(
    TASKS,
    [1, 2].map((key) => task(key, 1, [row('team:1', { name: 'one' })])),
  );
/** The reader does not see the team, or there is none. */
const hidden = () => new MemoryView(TASKS, [task(1, 1, []), task(2, 1, [])]);

describe('a relation to one', () => {
  it('keeps a shared target until the last link is gone', () => {
    const view = shared();
    view.change({ 'task:1': {} });
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['|', '1 |']);
    expect(view.json(1, 'team:1')).toBeDefined();
    view.change({ 'task:2': undefined });
    expect(view.json(1, 'team:1')).toBeUndefined();
    expect([...(view.state.nodes[1]?.linkedBy ?? [])]).toEqual([]);
  });

  it('is dropped at a cost that does not depend on how many rows share its target', () => {
    const owned = [1, 2, 3].map((key) => ({ ...task(key, 1, [row('team:1')]), owner: record('person:1') }));
    const people = plan('person', { related: [{ name: 'tasks', many: true, field: 'owner', plan: TASKS }] });
    const view = new MemoryView(people, [row('person:1', { tasks: owned })]);
    const parents = view.state.nodes[2]?.linkedBy.get('team:1') ?? new Set();
    expect(parents.size).toBe(3);
    const walk = vi.spyOn(parents, Symbol.iterator);
    view.change({ 'person:1': undefined });
    expect(view.json(2, 'team:1')).toBeUndefined();
    expect(walk).not.toHaveBeenCalled();
  });

  it('shows a changed target under every row that links to it', () => {
    const view = shared();
    view.change({ 'team:1': { name: 'two' } });
    expect(view.json(1, 'team:1')).toMatchObject({ name: 'two' });
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['1 |', '1 |']);
  });

  it('keeps the links to a target that is deleted, and shows it when it exists again', () => {
    const view = shared();
    view.change({ 'team:1': undefined });
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['|', '|']);
    view.change({ 'team:1': { name: 'again' } });
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['1 |', '1 |']);
  });

  it('shows a hidden target when it appears', () => {
    const view = hidden();
    expect(view.change({ 'team:2': {} })).toEqual({ kind: 'unchanged' });
    view.change({ 'team:1': { name: 'one' } });
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['1 |', '1 |']);
  });

  it('shows a target that an answer about a new row has already shown, under the other rows too', () => {
    const notes = { name: 'notes', many: true, field: 'task', plan: plan('note') };
    const tasks = plan('task', { related: [...TASKS.related, notes] });
    const withNotes = (key: number, project: readonly RecordFields[]) => ({ ...task(key, 1, project), notes: [] });
    const view = new MemoryView(tasks, [withNotes(1, []), withNotes(2, [])]);
    const one = row('team:1', { name: 'one' });
    view.change({ 'task:3': linked(1), 'team:1': { name: 'one' } }, [[0, 'task:3', withNotes(3, [one])]]);
    expect(['task:1', 'task:2', 'task:3'].map((parent) => view.list(1, parent))).toEqual(['1 |', '1 |', '1 |']);
  });

  it('asks for a new target, which may be hidden', () => {
    const view = shared();
    const asked = view.change({ 'task:1': linked(2) });
    expect(asked).toEqual({ kind: 'ask', questions: [{ node: 1, id: record('team:2') }] });
    view.change({ 'task:1': linked(2) }, [[1, 'team:2', undefined]]);
    expect([view.list(1, 'task:1'), view.list(1, 'task:2')]).toEqual(['|', '1 |']);
    view.change({ 'task:2': linked(2) });
    expect(view.state.nodes[1]?.linkedBy).toEqual(new Map([['team:2', new Set(['task:1', 'task:2'])]]));
  });

  it('does not ask for a target that another row shows', () => {
    const view = shared();
    view.change({ 'task:3': linked(1) });
    expect(view.list(1, 'task:3')).toBe('1 |');
  });

  it('asks whether the reader sees a changed target if only the engine knows', () => {
    const view = new MemoryView(TASKS, [task(1, 1, [])], { team: { where: 'is_open' } });
    const change = { 'team:1': { name: 'one' } };
    expect(view.change(change)).toEqual({ kind: 'ask', questions: [{ node: 1, id: record('team:1') }] });
    expect(view.change(change, [[1, 'team:1', undefined]])).toEqual({ kind: 'unchanged' });
    view.change(change, [[1, 'team:1', row('team:1', { name: 'one' })]]);
    expect(view.list(1, 'task:1')).toBe('1 |');
  });
});
