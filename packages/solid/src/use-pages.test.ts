import type { RecordId } from '@spookify/client';
import { createSignal } from 'solid-js';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../client/src/testing/eventually.ts';
import type { TestClient } from '../../client/src/testing/people.ts';
import { usePages } from './index.ts';
import { testApp } from './testing/test-app.ts';

const { mount, people, shown, stack } = testApp();

async function threadsOf(db: TestClient, count: number): Promise<RecordId<'user'> | undefined> {
  for (let n = 1; n <= count; n += 1) await db.create('thread', { title: `${n}`, content: 'x' });
  return db.auth.state.kind === 'signed-in' ? (db.auth.state.user as RecordId<'user'>) : undefined;
}

describe('usePages', () => {
  it('shows page after page, keeps rows, and renders only what has changed', async () => {
    const db = await people.newcomer();
    const author = await threadsOf(db, 5);
    const list = mount(() =>
      usePages(db, () => author && db.query('thread').where({ author }).orderBy('created_at', 'desc'), { size: 2 }),
    );
    const titles = () => list()?.map(({ title }) => title);
    expect([titles(), list.loading, list.hasMore]).toEqual([undefined, true, false]);
    await eventually(() => expect(titles()).toEqual(['5', '4']));
    const lists = shown(titles);
    const first = list()?.[0];
    list.more();
    expect(list.loading).toBe(true);
    await eventually(() => expect(titles()).toEqual(['5', '4', '3', '2']));
    expect([list()?.[0] === first, list.hasMore, list.loading]).toEqual([true, true, false]);
    await db.create('thread', { title: '6', content: 'x' });
    await eventually(() => expect(titles()).toEqual(['6', '5', '4', '3', '2']));
    expect(list()?.[1]).toBe(first);
    const last = list()?.[4];
    if (first === undefined || last === undefined) return expect.fail();
    await stack.query('UPDATE $first SET title = "five"; DELETE $last', { first: first.id, last: last.id });
    await eventually(() => expect(titles()).toEqual(['6', 'five', '4', '3', '1']));
    expect(list()?.[1]).toBe(first);
    expect([list.hasMore, list.error, list.stale]).toEqual([false, undefined, false]);
    // No effect sees a mix of pages.
    expect(lists).toEqual([
      ['5', '4'],
      ['5', '4', '3', '2'],
      ['6', '5', '4', '3', '2'],
      ...lists.slice(3, -1),
      ['6', 'five', '4', '3', '1'],
    ]);
    expect(lists.length).toBeLessThanOrEqual(5);
  });

  it('starts again for another query, and waits without one', async () => {
    const db = await people.newcomer();
    const author = await threadsOf(db, 3);
    const [direction, setDirection] = createSignal<'asc' | 'desc' | undefined>();
    const list = mount(() =>
      usePages(
        db,
        () => {
          const wanted = direction();
          return wanted && author && db.query('thread').where({ author }).orderBy('created_at', wanted);
        },
        { size: 1 },
      ),
    );
    const titles = () => list()?.map(({ title }) => title);
    expect([titles(), list.loading]).toEqual([undefined, false]);
    list.more();
    setDirection('asc');
    expect(list.loading).toBe(true);
    await eventually(() => expect(titles()).toEqual(['1']));
    list.more();
    await eventually(() => expect(titles()).toEqual(['1', '2']));
    setDirection('desc');
    expect([titles(), list.loading]).toEqual([undefined, true]);
    await eventually(() => expect(titles()).toEqual(['3']));
    setDirection(undefined);
    expect([titles(), list.loading, list.hasMore]).toEqual([undefined, false, false]);
  });
});
