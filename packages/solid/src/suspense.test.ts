import { ClientError, type LiveState, type Query, type RecordId } from '@spookify/client';
import {
  type Accessor,
  createComponent,
  createEffect,
  createMemo,
  createSignal,
  ErrorBoundary,
  Suspense,
} from 'solid-js';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../client/src/testing/eventually.ts';
import type { TestClient } from '../../client/src/testing/people.ts';
import { type QueryAccessor, useQuery } from './index.ts';
import { testApp } from './testing/test-app.ts';

const { mount, people, stack } = testApp();

/** Renders a text of a query inside of Suspense and ErrorBoundary. Returns what is shown, each change of it, and `reset`. */
function render<Result>(component: () => QueryAccessor<Result>, textOf: (result: Result | undefined) => string) {
  const shown: string[] = [];
  let reset = (): void => undefined;
  const accessor = mount(() => {
    let made: QueryAccessor<Result> | undefined;
    const view = createComponent(ErrorBoundary, {
      fallback: (error: unknown, again: () => void) => {
        reset = again;
        return `error: ${error instanceof ClientError ? error.code : error}`;
      },
      get children() {
        return createComponent(Suspense, {
          fallback: 'waiting',
          get children() {
            const query = component();
            made = query;
            return createMemo(() => textOf(query())) as unknown as string;
          },
        });
      },
    }) as unknown as Accessor<unknown>;
    createEffect(() => {
      const text = resolved(view);
      if (text !== undefined && shown.at(-1) !== text) shown.push(text);
    });
    return () => made;
  });
  return { shown, accessor, reset: () => reset() };
}

/** Calls accessors as a renderer does. */
function resolved(view: unknown): string | undefined {
  return typeof view === 'function' ? resolved(view()) : (view as string | undefined);
}

async function newThread(db: TestClient, title: string): Promise<RecordId<'thread'>> {
  return (await db.create('thread', { title, content: 'x' })).id;
}

describe('useQuery with suspense', () => {
  it('suspends until the first result, and not for live changes or a reconnect', async () => {
    const db = await people.newcomer();
    const id = await newThread(db, 'one');
    const build = () => db.query('thread').where({ id }).one().build();
    const { shown, accessor } = render(
      () => useQuery(db, build, { suspense: true }),
      (thread) => `${thread?.title}`,
    );
    expect(shown).toEqual(['waiting']);
    await eventually(() => expect(shown).toEqual(['waiting', 'one']));
    await db.update(id, { title: 'two' });
    await eventually(() => expect(shown).toEqual(['waiting', 'one', 'two']));
    await stack.stopGateway();
    await eventually(() => expect(accessor()?.stale).toBe(true));
    await stack.query('UPDATE $id SET title = "three"', { id });
    await stack.startGateway();
    await eventually(() => expect(shown).toEqual(['waiting', 'one', 'two', 'three']));
  });

  it('suspends again for another query, but not for another limit or without a query', async () => {
    const db = await people.newcomer();
    const one = await newThread(db, 'one');
    const two = await newThread(db, 'two');
    const [id, setId] = createSignal<RecordId<'thread'> | undefined>();
    const [limit, setLimit] = createSignal(1);
    const { shown } = render(
      () =>
        useQuery(
          db,
          () => {
            const wanted = id();
            return wanted && db.query('thread').where({ id: wanted }).limit(limit()).build();
          },
          { suspense: true },
        ),
      (threads) => `${threads?.map(({ title }) => title)}`,
    );
    expect(shown).toEqual(['undefined']);
    setId(one);
    await eventually(() => expect(shown).toEqual(['undefined', 'waiting', 'one']));
    setLimit(2);
    setId(two);
    await eventually(() => expect(shown).toEqual(['undefined', 'waiting', 'one', 'waiting', 'two']));
    setLimit(3);
    await db.update(two, { title: 'three' });
    await eventually(() => expect(shown.at(-1)).toBe('three'));
    expect(shown).toEqual(['undefined', 'waiting', 'one', 'waiting', 'two', 'three']);
  });

  it('throws an error before the first result, and shows later ones as state', async () => {
    const error = new ClientError('SPOOKY_CLIENT_DATABASE', 'broken');
    let notify: (state: LiveState<never>) => void = () => undefined;
    const watching = {
      watch: <Result>(_: Query<Result>, listener: (state: LiveState<Result>) => void) => {
        notify = listener;
        listener({ kind: 'loading', data: undefined, error: undefined });
        return Object.assign(() => undefined, { retry: () => undefined });
      },
    };
    const query = people.visitor().query('thread').build();
    const { shown, accessor, reset } = render(
      () => useQuery(watching, () => query, { suspense: true }),
      (threads) => `${threads?.length} threads`,
    );
    notify({ kind: 'failed', data: undefined, error });
    await eventually(() => expect(shown).toEqual(['waiting', 'error: SPOOKY_CLIENT_DATABASE']));
    reset();
    await eventually(() => expect(shown.at(-1)).toBe('waiting'));
    notify({ kind: 'ready', data: [] as never, error: undefined });
    await eventually(() => expect(shown.at(-1)).toBe('0 threads'));
    notify({ kind: 'failed', data: [] as never, error });
    expect(accessor()?.error).toBe(error);
    notify({ kind: 'loading', data: undefined, error: undefined });
    await eventually(() => expect(shown.at(-1)).toBe('undefined threads'));
    expect(shown).toEqual([
      ...['waiting', 'error: SPOOKY_CLIENT_DATABASE', 'waiting', '0 threads', 'undefined threads'],
    ]);
  });
});
