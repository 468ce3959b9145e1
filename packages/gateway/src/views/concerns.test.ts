import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../plans/plan.ts';
import { equal, plan, simpleCompiler } from '../testing/simple-plans.ts';
import { concerns } from './concerns.ts';
import { InterestIndex, interestsOf } from './interests.ts';
import { rowEncoder } from './row.ts';
import { stateOf } from './state.ts';

const compile = simpleCompiler({
  task: { where: 'team.is_open = true', follows: [{ field: 'team', table: 'team' }] },
})();
const encodeRow = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');
const READER = new RecordId('person', 'ada');
const id = (table: string, key: string) => new RecordId(table, key);
const TASKS = { name: 'tasks', many: true, field: 'team', plan: plan('task') };

/** Whether a change may affect a view of these rows. If so, the index must find the view. */
function asks(item: Plan, rows: readonly object[]) {
  const compiled = compile(item, READER);
  const state = stateOf(compiled.nodes, rows, encodeRow);
  const index = new InterestIndex<string>();
  index.set('view', interestsOf(compiled, state));
  return (record: RecordId, row?: Record<string, unknown>): boolean => {
    const change = { id: record, key: String(record), row: row && { id: record, ...row } };
    const isConcerned = concerns(compiled, state, change);
    const found = index.find(record.table.name, change.key, change.row) ?? new Set(['view']);
    if (isConcerned) expect(found).toContain('view');
    return isConcerned;
  };
}

describe('concerns', () => {
  it('accepts a row that the view shows, and a row that may enter it', () => {
    const isConcerned = asks(plan('person', { where: equal('role', 'admin') }), [
      { id: id('person', 'a'), role: 'admin' },
    ]);
    expect(isConcerned(id('person', 'a'))).toBe(true);
    expect(isConcerned(id('person', 'b'), { role: 'admin' })).toBe(true);
    expect(isConcerned(id('person', 'b'), { role: 'guest' })).toBe(false);
    expect(isConcerned(id('person', 'b'))).toBe(false);
    expect(isConcerned(id('another', 'a'), {})).toBe(false);
  });

  it('accepts any row of the table if the view has an offset', () => {
    const isConcerned = asks(plan('person', { offset: 1, where: equal('role', 'admin') }), []);
    expect(isConcerned(id('person', 'b'))).toBe(true);
  });

  it('accepts related rows of the parents that the view shows', () => {
    const team = id('team', 'a');
    const item = plan('team', { where: equal('id', team), related: [TASKS] });
    const isConcerned = asks(item, [{ id: team, tasks: [{ id: id('task', 'a'), team }] }]);
    expect(isConcerned(id('task', 'b'), { team })).toBe(true);
    expect(isConcerned(id('task', 'b'), { team: id('team', 'b') })).toBe(false);
    expect(isConcerned(id('task', 'a'), { team: id('team', 'b') })).toBe(true);
    expect(isConcerned(id('team', 'b'), {})).toBe(false);
  });

  it('accepts the record that a relation to one links to, even if it is not visible yet', () => {
    const related = [{ name: 'person', many: false, field: 'owner', plan: plan('person') }];
    const isConcerned = asks(plan('secret', { related }), [
      { id: id('secret', 'a'), owner: id('person', 'a'), person: [] },
    ]);
    expect(isConcerned(id('person', 'a'), {})).toBe(true);
    expect(isConcerned(id('person', 'b'), {})).toBe(false);
  });

  it('accepts a record that the permissions follow', () => {
    const team = id('team', 'a');
    const all = asks(plan('task'), []);
    expect(all(id('team', 'b'), {})).toBe(true);
    const ofTeam = asks(
      plan('task', { where: { kind: 'all', conditions: [equal('done', false), equal('team', team)] } }),
      [],
    );
    expect(ofTeam(team, {})).toBe(true);
    expect(ofTeam(id('team', 'b'), {})).toBe(false);
    const related = asks(plan('team', { where: equal('id', team), related: [TASKS] }), [{ id: team, tasks: [] }]);
    expect(related(team, {})).toBe(true);
    expect(related(id('team', 'b'), {})).toBe(false);
  });
});
