import type { WirePlan } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { create, idOf, remove, update, viewOf } from '../testing/views.ts';
import { answersAlone } from './answers-alone.ts';
import { knownRows } from './known-rows.ts';
import { type LocalWrite, pendingRecords } from './pending-records.ts';

const USERS: WirePlan = { table: 'user' };
const isA = { field: 'id', is: 'eq', value: { $r: ['thread', 'a'] } } as const;
const ONE: WirePlan = {
  table: 'thread',
  where: isA,
  single: true,
  related: [
    { name: 'author', many: false, field: 'author', plan: USERS },
    {
      name: 'comments',
      many: true,
      field: 'thread',
      plan: { table: 'comment', related: [{ name: 'by', many: false, field: 'by', plan: USERS }] },
    },
  ],
};
const made = create('thread:a', { author: idOf('user:ada') });
const ada = viewOf(USERS, [{ id: idOf('user:ada') }]);

function answers(plan: WirePlan, ...writes: readonly LocalWrite[]): boolean {
  return answersAlone(plan, pendingRecords(writes), knownRows([ada]));
}

describe('answersAlone', () => {
  it('is true for a query of one record that a pending write creates', () => {
    expect(answers(ONE, made)).toBe(true);
    expect(answers({ ...ONE, where: { all: [{ field: 'open', is: 'eq', value: true }, isA] } }, made)).toBe(true);
    expect(answers(ONE, made, update('thread:a', { title: 'x' }))).toBe(true);
    expect(answers(ONE, made, remove('thread:a'))).toBe(true);
  });

  it('is false for every other query', () => {
    expect(answers({ ...ONE, where: { any: [isA] } }, made)).toBe(false);
    expect(answers({ table: 'thread' }, made)).toBe(false);
    expect(answers(ONE)).toBe(false);
    expect(answers(ONE, update('thread:a', { title: 'x' }))).toBe(false);
    expect(answers(ONE, remove('thread:a'))).toBe(false);
    expect(answers(ONE, create('thread:b'))).toBe(false);
  });

  it('is false if a related row is not known', () => {
    expect(answers(ONE, create('thread:a', { author: idOf('user:bob') }))).toBe(false);
    expect(answers(ONE, create('thread:a'))).toBe(false);
    expect(answers(ONE, create('thread:a', { author: undefined }))).toBe(true);
    const comment = (by: string) => create('comment:c', { thread: idOf('thread:a'), by: idOf(by) });
    expect(answers(ONE, made, comment('user:ada'))).toBe(true);
    expect(answers(ONE, made, comment('user:bob'))).toBe(false);
  });

  it('is false if an earlier record with this id may have related rows', () => {
    expect(answers(ONE, remove('thread:a'), made)).toBe(false);
  });

  it('is false if a related row may have related rows', () => {
    const plan: WirePlan = {
      table: 'thread',
      where: isA,
      related: [
        {
          name: 'author',
          many: false,
          field: 'author',
          plan: { ...USERS, related: [{ name: 'threads', many: true, field: 'author', plan: { table: 'thread' } }] },
        },
      ],
    };
    expect(answers(plan, made)).toBe(false);
    expect(answers(plan, create('user:ada'), made)).toBe(true);
  });
});
