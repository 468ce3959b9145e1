import { ClientError, type LiveState, type Query, type RecordId } from '@spookify/client';
import { createEffect, createSignal } from 'solid-js';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../../client/src/testing/eventually.ts';
import { useAuth, useConnection, useQuery } from './index.ts';
import { testApp } from './testing/test-app.ts';

const { mount, people, stack, unmount } = testApp();

describe('useQuery', () => {
  it('follows a thread and its jobs', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'A house', content: 'It creaks.' });
    const thread = mount(() =>
      useQuery(db, () => db.query('thread').where({ id }).related('jobs').related('author').one().build()),
    );
    expect([thread(), thread.loading, thread.stale, thread.error]).toEqual([undefined, true, false, undefined]);
    await eventually(() => expect(thread.loading).toBe(false));
    expect(thread()?.jobs).toEqual([]);
    const job = await db.run('api', '/spookify', { id }, { assignedTo: id });
    await eventually(() => expect(thread()?.jobs?.[0]?.id.toString()).toBe(job.toString()));
    expect(thread()?.author?.username).toBe(db.username);
    await db.delete(id);
    await eventually(() => expect(thread()).toBeNull());
  });

  it('renders again only what has changed', async () => {
    const db = await people.newcomer();
    const first = await db.create('thread', { title: 'First', content: 'x' });
    const second = await db.create('thread', { title: 'Second', content: 'x' });
    const list = mount(() =>
      useQuery(db, () => db.query('thread').where({ author: first.author }).orderBy('created_at').build()),
    );
    await eventually(() => expect(list()).toHaveLength(2));
    const rendered: string[] = [];
    mount(() => {
      createEffect(() => rendered.push(`list of ${list()?.length}`));
      createEffect(() => rendered.push(`first: ${list()?.[0]?.title}`));
      createEffect(() => rendered.push(`second: ${list()?.[1]?.title}`));
      createEffect(() => rendered.push(`second's text: ${list()?.[1]?.content}`));
    });
    const [row] = list() ?? [];
    rendered.length = 0;
    await db.update(second.id, { title: 'Changed' });
    await eventually(() => expect(rendered).toEqual(['second: Changed']));
    expect(list()?.[0]).toBe(row);
  });

  it('gives each component its own rows', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'before', content: 'x' });
    const build = () => db.query('thread').where({ id }).build();
    const [left, right] = mount(() => [useQuery(db, build), useQuery(db, build)] as const);
    const seen: LiveState<unknown>[] = [];
    db.watch(build(), (state) => seen.push(state));
    await eventually(() => expect([left()?.[0]?.title, right()?.[0]?.title]).toEqual(['before', 'before']));
    const before = seen.at(-1)?.data;
    await db.update(id, { title: 'after' });
    await eventually(() => expect([left()?.[0]?.title, right()?.[0]?.title]).toEqual(['after', 'after']));
    expect(before).toMatchObject([{ title: 'before' }]);
  });

  it('waits for a query and switches to another one', async () => {
    const db = await people.newcomer();
    const one = await db.create('thread', { title: 'one', content: 'x' });
    const two = await db.create('thread', { title: 'two', content: 'x' });
    const [id, setId] = createSignal<RecordId<'thread'> | undefined>();
    const thread = mount(() =>
      useQuery(db, () => {
        const wanted = id();
        return wanted && db.query('thread').where({ id: wanted }).one().build();
      }),
    );
    expect([thread(), thread.loading]).toEqual([undefined, false]);
    setId(one.id);
    expect(thread.loading).toBe(true);
    await eventually(() => expect(thread()?.title).toBe('one'));
    setId(two.id);
    expect([thread(), thread.loading]).toEqual([undefined, true]);
    await eventually(() => expect(thread()?.title).toBe('two'));
    setId(undefined);
    expect([thread(), thread.loading]).toEqual([undefined, false]);
  });

  it('keeps the rows while more of them are read, but not for the next user', async () => {
    const db = await people.newcomer();
    const { author } = await db.create('thread', { title: 'one', content: 'x' });
    await db.create('thread', { title: 'two', content: 'x' });
    const [limit, setLimit] = createSignal(1);
    const list = mount(() =>
      useQuery(db, () => db.query('thread').where({ author }).orderBy('created_at').limit(limit()).build()),
    );
    await eventually(() => expect(list()).toHaveLength(1));
    const [row] = list() ?? [];
    setLimit(2);
    expect([list()?.[0], list.loading]).toEqual([row, true]);
    await eventually(() => expect(list()).toHaveLength(2));
    expect(list()?.[0]).toBe(row);

    setLimit(3);
    expect(list()).toHaveLength(2);
    await db.auth.signOut();
    expect([list(), list.loading]).toEqual([undefined, true]);
  });

  it('shows the error and reads again on retry', () => {
    const error = new ClientError('SPOOKY_CLIENT_DATABASE', 'broken');
    const listeners: ((state: LiveState<never>) => void)[] = [];
    const retry = vi.fn();
    const stop = vi.fn();
    const watching = {
      watch: <Result>(_: Query<Result>, listener: (state: LiveState<Result>) => void) => {
        listeners.push(listener);
        return Object.assign(stop, { retry });
      },
    };
    const query = people.visitor().query('thread').build();
    const list = mount(() => useQuery(watching, () => query));
    const [notify] = listeners;
    notify?.({ kind: 'failed', data: undefined, error });
    expect([list.loading, list.error]).toEqual([false, error]);
    list.retry();
    expect(retry).toHaveBeenCalledOnce();
    notify?.({ kind: 'stale', data: [] as never, error: undefined });
    expect([list(), list.stale, list.error]).toEqual([[], true, undefined]);
    unmount();
    expect(stop).toHaveBeenCalledOnce();
  });

  it('moves to a new state of the database together with the other queries', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: '0', content: '0' });
    const [titles, contents] = mount(() => [
      useQuery(db, () => db.query('thread').where({ id }).select('title').one().build()),
      useQuery(db, () => db.query('thread').where({ id }).select('content').one().build()),
    ]);
    await eventually(() => expect([titles()?.title, contents()?.content]).toEqual(['0', '0']));
    const pairs: unknown[] = [];
    mount(() => createEffect(() => pairs.push([titles()?.title, contents()?.content])));
    for (const n of ['1', '2', '3']) {
      await stack.query('UPDATE $id SET title = $n, content = $n', { id, n });
      await eventually(() => expect(pairs.at(-1)).toEqual([n, n]));
    }
    expect(pairs).toEqual(['0', '1', '2', '3'].map((n) => [n, n]));
  });
});

describe('useAuth and useConnection', () => {
  it('follow the state of the client', async () => {
    const db = people.visitor();
    const [auth, connection] = mount(() => [useAuth(db), useConnection(db)] as const);
    expect([auth().kind, connection().kind]).toEqual(['signed-out', 'connecting']);
    const user = await db.auth.signUp('account', {
      username: `follows-${crypto.randomUUID().slice(0, 8)}`,
      password: 'a long enough one',
    });
    expect(auth()).toEqual({ kind: 'signed-in', user });
    expect(connection().kind).toBe('connected');
    db.close();
    expect(connection().kind).toBe('closed');
  });
});
