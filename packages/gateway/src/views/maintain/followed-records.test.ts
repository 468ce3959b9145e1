import { Decimal } from 'surrealdb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PlanNode } from '../../plans/plan.ts';
import { MemoryView, record, row } from '../../testing/memory-view.ts';
import { equal, plan } from '../../testing/simple-plans.ts';
import { UNKNOWN } from '../../values/unknown.ts';
import { changeOf } from './change.ts';
import { FollowedRecords } from './followed-records.ts';

/** The nodes of a plan whose permission reads a member of each task's team. */
function reading(member: string): readonly PlanNode[] {
  const task = { where: `team.${member}`, follows: [{ field: 'team', table: 'team', member }] };
  return new MemoryView(plan('task'), [], { task }).compiled.nodes;
}

const change = (fields: Record<string, unknown> | undefined) => changeOf(record('team:1'), fields);
const known = () => followed.forRound().get('team:1');

let followed: FollowedRecords;
beforeEach(() => {
  followed = new FollowedRecords();
  followed.watch(reading('is_open'));
});

function publish(fields: Record<string, unknown> | undefined): void {
  const round = followed.forRound();
  round.stage('team', 'team:1', fields);
  round.publish();
}

describe('records that permissions read', () => {
  it('are those of the tables that permissions follow', () => {
    const round = followed.forRound();
    expect([round.isFollowed('team'), round.isFollowed('task')]).toEqual([true, false]);
  });

  it('are unknown until a round has read them', () => {
    expect(known()).toBe(UNKNOWN);
    expect(followed.forRound().isSame(change({ is_open: true }), 'is_open')).toBe(false);
  });

  it('are known in the round that read them, and in later ones only if it is published', () => {
    const lost = followed.forRound();
    lost.stage('team', 'team:1', { is_open: true });
    expect(lost.get('team:1')).toEqual({ is_open: true });
    expect(known()).toBe(UNKNOWN);
    publish({ is_open: true });
    expect(known()).toEqual({ is_open: true });
  });

  it('must not be lost by the database if they are kept', () => {
    const round = followed.forRound();
    round.forget('team:1');
    expect(round.mustCommit).toBe(false);
    round.stage('team', 'team:1', undefined);
    expect(round.mustCommit).toBe(true);
  });

  it('keep only the members that permissions read', () => {
    publish({ is_open: true, name: 'a' });
    expect(known()).toEqual({ is_open: true });
  });

  it('may be known not to exist', () => {
    publish(undefined);
    expect(known()).toBeUndefined();
  });

  it('are the same if the member has an equal value', () => {
    publish({ is_open: true });
    const { isSame } = followed.forRound();
    const isSameWith = (fields: Record<string, unknown> | undefined) => isSame(change(fields), 'is_open');
    expect([{ is_open: true, name: 'b' }, { is_open: false }, {}, undefined].map(isSameWith)).toEqual([
      ...[true, false, false, false],
    ]);
  });

  it('are compared with the last published round, not with what the round has staged', () => {
    publish({ is_open: true });
    const round = followed.forRound();
    round.stage('team', 'team:1', { is_open: false });
    expect(round.isSame(change({ is_open: false }), 'is_open')).toBe(false);
  });

  it('are not the same if a value has another kind, although the engine finds both equal', () => {
    publish({ is_open: 1 });
    expect(followed.forRound().isSame(change({ is_open: 1 }), 'is_open')).toBe(true);
    expect(followed.forRound().isSame(change({ is_open: new Decimal('1') }), 'is_open')).toBe(false);
  });

  it('are not kept if their fields are long, and are forgotten above a total of bytes', () => {
    publish({ is_open: 'x'.repeat(20_000) });
    expect(known()).toBe(UNKNOWN);
    publish({ is_open: true });
    expect(known()).toEqual({ is_open: true });
    const round = followed.forRound();
    const fields = { is_open: 'x'.repeat(16_000) };
    for (let key = 2; key < 2_200; key += 1) round.stage('team', `team:${key}`, fields);
    round.publish();
    expect(known()).toBe(UNKNOWN);
    expect(followed.forRound().get('team:2199')).toEqual(fields);
  });

  it('are never the same in a round with late changes', () => {
    publish({ is_open: true });
    expect(followed.forRound({ hasLate: true }).isSame(change({ is_open: true }), 'is_open')).toBe(false);
  });

  it('are unknown after a change whose content is unknown', () => {
    publish({ is_open: true });
    const round = followed.forRound();
    round.forget('team:1');
    expect(round.get('team:1')).toBe(UNKNOWN);
    expect(known()).toEqual({ is_open: true });
    round.publish();
    expect(known()).toBe(UNKNOWN);
  });

  it('are unknown when a permission reads a further member', () => {
    publish({ is_open: true });
    followed.watch(reading('is_open'));
    expect(known()).toEqual({ is_open: true });
    followed.watch(reading('name'));
    expect(known()).toBe(UNKNOWN);
  });

  it('are not kept by a round that began before a further member was read', () => {
    const round = followed.forRound();
    round.stage('team', 'team:1', { is_open: true });
    followed.watch(reading('name'));
    round.publish();
    expect(known()).toBe(UNKNOWN);
  });

  it('are forgotten after a reset, also by a round that has begun', () => {
    publish({ is_open: true });
    const round = followed.forRound();
    round.stage('team', 'team:2', { is_open: true });
    followed.clear();
    round.publish();
    expect(['team:1', 'team:2'].map((key) => followed.forRound().get(key))).toEqual([UNKNOWN, UNKNOWN]);
  });
});

describe('a view whose permission reads a record', () => {
  const team = { where: 'team.is_open', follows: [{ field: 'team', table: 'team', member: 'is_open' }] };
  const view = () => new MemoryView(plan('task'), [row('task:1', { team: record('team:1') })], { task: team });

  it('is read again when the record changes', () => {
    expect(view().change({ 'team:1': { is_open: false } })).toMatchObject({ kind: 'rerun', reason: 'permission' });
  });

  it('stays as it is if its condition requires another record', () => {
    const required = plan('task', { where: equal('team', record('team:1')) });
    const one = new MemoryView(required, [row('task:1', { team: record('team:1') })], { task: team });
    expect(one.change({ 'team:2': { is_open: false } })).toEqual({ kind: 'unchanged' });
    expect(one.change({ 'team:1': { is_open: false } })).toMatchObject({ kind: 'rerun' });
  });

  it('stays as it is if what the permission reads is the same', () => {
    expect(view().change({ 'team:1': { is_open: true } }, [], true)).toEqual({ kind: 'unchanged' });
  });
});
