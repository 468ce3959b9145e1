import type { WirePlan } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { create, idOf, remove, resultWith, update, viewOf } from '../testing/views.ts';

const ada = { id: idOf('user:ada'), name: 'Ada' };
const bob = { id: idOf('user:bob'), name: 'Bob' };
const USERS: WirePlan = { table: 'user' };

/** Threads with their author, in place of the field, and their comments with their authors. */
const PLAN: WirePlan = {
  table: 'thread',
  related: [
    { name: 'author', many: false, field: 'author', plan: USERS },
    {
      name: 'comments',
      many: true,
      field: 'thread',
      plan: {
        table: 'comment',
        select: ['text'],
        orderBy: [{ field: 'text' }],
        related: [{ name: 'by', many: false, field: 'author', plan: USERS }],
      },
    },
  ],
};
const comment = (key: string, by: object | null = ada) => ({ id: idOf(`comment:${key}`), text: key, by });
const thread = (key: string, author: object | null, ...comments: readonly object[]) => ({
  id: idOf(`thread:${key}`),
  title: key,
  author,
  comments,
});
const base = [thread('a', ada, comment('k'), comment('m', bob)), thread('b', bob)];
const view = viewOf(PLAN, base);

describe('a relation to many', () => {
  it('shows a new row below its parent, in order, with its own relations', () => {
    const write = create('comment:l', { text: 'l', thread: idOf('thread:a'), author: idOf('user:bob') });
    expect(resultWith(view, PLAN, [write])).toEqual([
      thread('a', ada, comment('k'), comment('l', bob), comment('m', bob)),
      base[1],
    ]);
  });

  it('moves a row whose link changes, and drops it if its new parent is not shown', () => {
    const move = (to: string) => resultWith(view, PLAN, [update('comment:k', { thread: idOf(to) })]);
    expect(move('thread:b')).toEqual([thread('a', ada, comment('m', bob)), thread('b', bob, comment('k'))]);
    expect(move('thread:x')).toEqual([thread('a', ada, comment('m', bob)), base[1]]);
  });

  it('is empty below a new parent, except for what the writes put there', () => {
    const made = create('thread:c', { title: 'c', author: idOf('user:ada') });
    const below = create('comment:n', { text: 'n', thread: idOf('thread:c'), author: idOf('user:bob') });
    expect(resultWith(view, PLAN, [made])).toEqual([...base, thread('c', ada)]);
    for (const writes of [
      [made, below],
      [below, made],
      [made, update('comment:m', { thread: idOf('thread:c') })],
    ]) {
      expect((resultWith(view, PLAN, writes) as object[])[2]).toMatchObject({ comments: [{ by: bob }] });
    }
  });

  it('disappears with its parent', () => {
    expect(resultWith(view, PLAN, [remove('thread:a'), update('comment:k', { text: 'x' })])).toEqual([base[1]]);
  });

  it('keeps the objects of other parents', () => {
    const shown = resultWith(view, PLAN, [update('comment:k', { text: 'z' })]) as (typeof base)[];
    expect(shown[0]).toEqual(thread('a', ada, comment('m', bob), { ...comment('k'), text: 'z' }));
    expect(shown[1]).toBe((view.result as object[])[1]);
  });
});

describe('a relation to one', () => {
  it('shows a changed row wherever it is linked', () => {
    const eve = { ...bob, name: 'Eve' };
    expect(resultWith(view, PLAN, [update('user:bob', { name: 'Eve' })])).toEqual([
      thread('a', ada, comment('k'), comment('m', eve)),
      thread('b', eve),
    ]);
  });

  it('follows its field, also to a row that only another view has', () => {
    const shownWith = (author: unknown, ...others: ReturnType<typeof viewOf>[]) =>
      (resultWith(view, PLAN, [update('thread:b', { author })], others) as object[])[1];
    expect(shownWith(idOf('user:ada'))).toEqual(thread('b', ada));
    expect(shownWith(undefined)).toEqual(thread('b', null));
    const cyd = { id: idOf('user:cyd'), name: 'Cyd' };
    expect(shownWith(cyd.id)).toEqual(thread('b', null));
    expect(shownWith(cyd.id, viewOf(USERS, [cyd]))).toEqual(thread('b', cyd));
  });

  it('shows nothing in place of a deleted row', () => {
    expect(resultWith(view, PLAN, [remove('user:bob')])).toEqual([
      thread('a', ada, comment('k'), comment('m', null)),
      thread('b', null),
    ]);
  });

  it('shows a row that is created together with its parent', () => {
    const writes = [create('user:cyd', { name: 'Cyd' }), create('thread:c', { title: 'c', author: idOf('user:cyd') })];
    expect(resultWith(view, PLAN, writes)).toEqual([...base, thread('c', { id: idOf('user:cyd'), name: 'Cyd' })]);
  });

  it('gives the value of its field to conditions', () => {
    const plan: WirePlan = { ...PLAN, where: { field: 'author', is: 'eq', value: { $r: ['user', 'bob'] } } };
    const mine = viewOf(plan, [thread('b', bob)]);
    expect(resultWith(mine, plan, [update('thread:b', { title: 'x' })])).toMatchObject([{ title: 'x', author: bob }]);
    expect(resultWith(mine, plan, [update('thread:b', { author: idOf('user:ada') })])).toEqual([]);
    const entering = resultWith(mine, plan, [update('thread:a', { author: idOf('user:bob') })], [view]);
    expect(entering).toMatchObject([{ title: 'a', author: bob }, { title: 'b' }]);
  });
});
