import { UNKNOWN, type WirePlan } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { idOf, viewOf } from '../testing/views.ts';
import { knownRows } from './known-rows.ts';

const COMMENTS: WirePlan = {
  table: 'thread',
  select: ['title'],
  related: [
    { name: 'author', many: false, field: 'author', plan: { table: 'user', select: [] } },
    { name: 'comments', many: true, field: 'thread', plan: { table: 'comment', select: ['text'] } },
  ],
};
const thread = { id: idOf('thread:a'), title: 'x', author: { id: idOf('user:ada') } };
const view = viewOf(COMMENTS, [{ ...thread, comments: [{ id: idOf('comment:c'), text: 'hi' }] }]);

describe('knownRows', () => {
  it('finds a record in any node of any view', () => {
    const known = knownRows([viewOf({ table: 'job' }, []), view]);
    expect(known('comment', 'comment:c')?.read('text')).toBe('hi');
    expect(known('user', 'user:ada')?.read('id')).toEqual(idOf('user:ada'));
    expect(known('comment', 'comment:x')).toBeUndefined();
    expect(known('user', 'comment:x')).toBeUndefined();
  });

  it('knows the fields that relations follow', () => {
    const known = knownRows([view]);
    expect(known('thread', 'thread:a')?.read('author')).toEqual(idOf('user:ada'));
    expect(known('comment', 'comment:c')?.read('thread')).toEqual(idOf('thread:a'));
    const alone = viewOf(COMMENTS, [{ ...thread, author: null, comments: [] }]);
    expect(knownRows([alone])('thread', 'thread:a')?.read('author')).toBe(UNKNOWN);
  });

  it('tells NONE from what was not read', () => {
    const known = knownRows([view])('thread', 'thread:a');
    expect(known?.read('n')).toBe(UNKNOWN);
    expect(known?.names).toBeUndefined();
    const whole = viewOf({ table: 'thread' }, [{ id: thread.id, open: true, author: idOf('user:ada') }]);
    const both = knownRows([view, whole])('thread', 'thread:a');
    expect(both?.read('n')).toBeUndefined();
    expect(both?.names).toEqual(['id', 'open', 'author']);
    expect(both?.read('constructor')).toBeUndefined();
  });
});
