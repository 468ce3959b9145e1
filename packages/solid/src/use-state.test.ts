import { createEffect } from 'solid-js';
import { expect, it } from 'vitest';
import { eventually } from '../../client/src/testing/eventually.ts';
import { useQuery, useSync } from './index.ts';
import { testApp } from './testing/test-app.ts';

const { mount, people } = testApp();

it('a write leaves the list and enters the tray in the same moment, and back', async () => {
  const db = await people.optimisticNewcomer();
  const seen: [shown: number, refused: number][] = [];
  mount(() => {
    const threads = useQuery(db, () => db.query('thread').where({ content: db.username }).build());
    const sync = useSync(db);
    createEffect(() => {
      if (!threads.loading) seen.push([threads()?.length ?? 0, sync().failed.length]);
    });
  });
  await eventually(() => expect(seen.at(-1)).toEqual([0, 0]));
  await eventually(() => expect(db.sync.state.online).toBe(true));
  seen.splice(0);
  // The database refuses a title without letters.
  await db.create('thread', { title: ' ', content: db.username });
  await eventually(() => expect(seen.at(-1)).toEqual([0, 1]));
  await db.sync.state.failed[0]?.retry();
  await eventually(() => expect(db.sync.state).toMatchObject({ pending: 0, failed: [{}] }));
  const changes = seen.filter(([shown], at) => shown !== seen[at - 1]?.[0]);
  expect([changes, seen.every(([shown, refused]) => shown + refused === 1)]).toEqual([
    [
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ],
    true,
  ]);
});
