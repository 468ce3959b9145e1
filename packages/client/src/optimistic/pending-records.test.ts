import { describe, expect, it } from 'vitest';
import { create, remove, update } from '../testing/views.ts';
import { type LocalWrite, pendingRecords } from './pending-records.ts';

function changeOf(...writes: readonly LocalWrite[]): unknown {
  const change = pendingRecords(writes).get('thread')?.get('thread:a')?.change;
  return JSON.parse(JSON.stringify(change, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)));
}

const made = create('thread:a', { title: 'x' });
const set = update('thread:a', { title: 'y', n: 1 });
const gone = remove('thread:a');

describe('pendingRecords', () => {
  it.each<[string, LocalWrite[], object]>([
    ['a create', [made], { kind: 'created', fields: { title: 'x' }, updates: {}, replaces: false }],
    ['updates', [set, update('thread:a', { n: 2 })], { kind: 'updated', updates: { title: 'y', n: 2 } }],
    [
      'a create and an update',
      [made, set],
      { kind: 'created', fields: { title: 'x' }, updates: { title: 'y', n: 1 }, replaces: false },
    ],
    ['an update and a delete', [set, gone], { kind: 'deleted', wasCreated: false }],
    ['a create and a delete', [made, gone], { kind: 'deleted', wasCreated: true }],
    ['a delete and a create', [gone, made], { kind: 'created', fields: { title: 'x' }, updates: {}, replaces: true }],
    ['a delete, a create and a delete', [gone, made, gone], { kind: 'deleted', wasCreated: false }],
    [
      'a create, a delete and a create',
      [made, gone, made],
      { kind: 'created', fields: { title: 'x' }, updates: {}, replaces: false },
    ],
    ['an update of a deleted record', [gone, set], { kind: 'deleted', wasCreated: false }],
    ['a create of an updated record', [set, made], { kind: 'updated', updates: { title: 'y', n: 1 } }],
    [
      'two creates',
      [made, create('thread:a', { title: 'z' })],
      { kind: 'created', fields: { title: 'x' }, updates: {}, replaces: false },
    ],
  ])('makes one change of %s', (_, writes, change) => {
    expect(changeOf(...writes)).toEqual(change);
  });

  it('separates records and tables', () => {
    const pending = pendingRecords([made, create('thread:b'), remove('job:a')]);
    expect([...pending.keys()]).toEqual(['thread', 'job']);
    expect([...(pending.get('thread')?.keys() ?? [])]).toEqual(['thread:a', 'thread:b']);
  });
});
