import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../plans/plan.ts';
import { equal, plan, simpleCompiler } from '../../testing/simple-plans.ts';
import { UNKNOWN } from '../../values/unknown.ts';
import { changeOf } from '../maintain/change.ts';
import { maintain } from '../maintain/maintain.ts';
import { stateOf } from '../maintain/state-of.ts';
import { rowEncoder } from '../row.ts';

import { DependencyIndex, dependenciesOf } from './dependencies.ts';

const compile = simpleCompiler({
  task: { where: 'team.is_open = true', follows: [{ field: 'team', table: 'team', member: 'is_open' }] },
})();
const encodeRow = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');
const READER = new RecordId('person', 'ada');
const id = (table: string, key: string) => new RecordId(table, key);
const TASKS = { name: 'tasks', many: true, field: 'team', plan: plan('task') };

/** Whether the index finds a view of these rows for a change. If the change affects the view, it must. */
function affects(item: Plan, rows: readonly object[]) {
  const compiled = compile(item, READER);
  const state = stateOf(compiled.nodes, rows, encodeRow);
  const index = new DependencyIndex<string>();
  index.set('view', dependenciesOf(compiled, state));
  return (record: RecordId, row?: Record<string, unknown>): boolean => {
    const change = changeOf(record, row && { id: record, ...row });
    const { kind } = maintain(compiled, state, [change], {
      encodeRow,
      recordOf: (): typeof UNKNOWN => UNKNOWN,
      isSame: () => false,
      answers: new Map(),
    });
    const found = index.find(change.table, change.key, change.row) ?? new Set(['view']);
    if (kind !== 'unchanged') expect(found).toContain('view');
    return kind !== 'unchanged';
  };
}

describe('a change', () => {
  it('concerns a row that the view shows, and a row that may enter it', () => {
    const isAffected = affects(plan('person', { where: equal('role', 'admin') }), [
      { id: id('person', 'a'), role: 'admin' },
    ]);
    expect(isAffected(id('person', 'a'))).toBe(true);
    expect(isAffected(id('person', 'b'), { role: 'admin' })).toBe(true);
    expect(isAffected(id('person', 'b'), { role: 'guest' })).toBe(false);
    expect(isAffected(id('person', 'b'))).toBe(false);
    expect(isAffected(id('another', 'a'), {})).toBe(false);
  });

  it('concerns any row of the table if the view has an offset', () => {
    const isAffected = affects(plan('person', { offset: 1, where: equal('role', 'admin') }), []);
    expect(isAffected(id('person', 'b'))).toBe(true);
  });

  it('concerns related rows of the parents that the view shows', () => {
    const team = id('team', 'a');
    const item = plan('team', { where: equal('id', team), related: [TASKS] });
    const isAffected = affects(item, [{ id: team, tasks: [{ id: id('task', 'a'), team }] }]);
    expect(isAffected(id('task', 'b'), { team })).toBe(true);
    expect(isAffected(id('task', 'b'), { team: id('team', 'b') })).toBe(false);
    expect(isAffected(id('task', 'a'), { team: id('team', 'b') })).toBe(true);
    expect(isAffected(id('team', 'b'), {})).toBe(false);
  });

  it('concerns the record that a relation to one links to, even if it is not visible yet', () => {
    const related = [{ name: 'person', many: false, field: 'owner', plan: plan('person') }];
    const isAffected = affects(plan('secret', { related }), [
      { id: id('secret', 'a'), owner: id('person', 'a'), person: [] },
    ]);
    expect(isAffected(id('person', 'a'), {})).toBe(true);
    expect(isAffected(id('person', 'b'), {})).toBe(false);
  });

  it('concerns a record that the permissions follow', () => {
    const team = id('team', 'a');
    const all = affects(plan('task'), []);
    expect(all(id('team', 'b'), {})).toBe(true);
    const ofTeam = affects(
      plan('task', { where: { kind: 'all', conditions: [equal('done', false), equal('team', team)] } }),
      [],
    );
    expect(ofTeam(team, {})).toBe(true);
    expect(ofTeam(id('team', 'b'), {})).toBe(false);
    const related = affects(plan('team', { where: equal('id', team), related: [TASKS] }), [{ id: team, tasks: [] }]);
    expect(related(team, {})).toBe(true);
    expect(related(id('team', 'b'), {})).toBe(false);
  });
});
