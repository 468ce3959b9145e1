import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../plans/plan.ts';
import { equal, plan, simpleCompiler } from '../../testing/simple-plans.ts';
import { rowEncoder } from '../row.ts';
import { stateOf } from '../state.ts';
import { DependencyIndex, dependenciesOf } from './dependencies.ts';
import { mayAffect } from './may-affect.ts';

const compile = simpleCompiler({
  task: { where: 'team.is_open = true', follows: [{ field: 'team', table: 'team', member: 'is_open' }] },
})();
const encodeRow = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');
const READER = new RecordId('person', 'ada');
const id = (table: string, key: string) => new RecordId(table, key);
const TASKS = { name: 'tasks', many: true, field: 'team', plan: plan('task') };

/** Whether a change may affect a view of these rows. If so, the index must find the view. */
function affects(item: Plan, rows: readonly object[]) {
  const compiled = compile(item, READER);
  const state = stateOf(compiled.nodes, rows, encodeRow);
  const index = new DependencyIndex<string>();
  index.set('view', dependenciesOf(compiled, state));
  return (record: RecordId, row?: Record<string, unknown>): boolean => {
    const change = { id: record, key: String(record), row: row && { id: record, ...row } };
    const isAffected = mayAffect(compiled, state, change);
    const found = index.find(record.table.name, change.key, change.row) ?? new Set(['view']);
    if (isAffected) expect(found).toContain('view');
    return isAffected;
  };
}

describe('mayAffect', () => {
  it('accepts a row that the view shows, and a row that may enter it', () => {
    const isAffected = affects(plan('person', { where: equal('role', 'admin') }), [
      { id: id('person', 'a'), role: 'admin' },
    ]);
    expect(isAffected(id('person', 'a'))).toBe(true);
    expect(isAffected(id('person', 'b'), { role: 'admin' })).toBe(true);
    expect(isAffected(id('person', 'b'), { role: 'guest' })).toBe(false);
    expect(isAffected(id('person', 'b'))).toBe(false);
    expect(isAffected(id('another', 'a'), {})).toBe(false);
  });

  it('accepts any row of the table if the view has an offset', () => {
    const isAffected = affects(plan('person', { offset: 1, where: equal('role', 'admin') }), []);
    expect(isAffected(id('person', 'b'))).toBe(true);
  });

  it('accepts related rows of the parents that the view shows', () => {
    const team = id('team', 'a');
    const item = plan('team', { where: equal('id', team), related: [TASKS] });
    const isAffected = affects(item, [{ id: team, tasks: [{ id: id('task', 'a'), team }] }]);
    expect(isAffected(id('task', 'b'), { team })).toBe(true);
    expect(isAffected(id('task', 'b'), { team: id('team', 'b') })).toBe(false);
    expect(isAffected(id('task', 'a'), { team: id('team', 'b') })).toBe(true);
    expect(isAffected(id('team', 'b'), {})).toBe(false);
  });

  it('accepts the record that a relation to one links to, even if it is not visible yet', () => {
    const related = [{ name: 'person', many: false, field: 'owner', plan: plan('person') }];
    const isAffected = affects(plan('secret', { related }), [
      { id: id('secret', 'a'), owner: id('person', 'a'), person: [] },
    ]);
    expect(isAffected(id('person', 'a'), {})).toBe(true);
    expect(isAffected(id('person', 'b'), {})).toBe(false);
  });

  it('accepts a record that the permissions follow', () => {
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
