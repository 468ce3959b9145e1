import type { ClientFrame, ServerFrame } from '@spookify/gateway/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startQuery } from '../query/query.ts';
import { changeOf, roundOf, rowsOf, sourceOf } from '../testing/gateway-frames.ts';
import { schema, type Tables } from '../testing/schema.ts';
import { LiveQueries } from './live-queries.ts';
import type { LiveState } from './live-state.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const threads = (title: string) => startQuery<Tables, 'thread'>(schema, 'thread').where({ title }).build();
const titles = ({ data }: LiveState<{ title: string }[]>) => data?.map(({ title }) => title);

/** Two watched lists on a socket, answered by the views 1 and 2. */
function start() {
  const queries = new LiveQueries();
  const source = sourceOf();
  const seen: string[] = [];
  const states: LiveState<{ title: string }[]>[] = [];
  const watches = ['left', 'right'].map((name, at) =>
    queries.watch(threads(name), (state) => {
      states[at] = state;
      seen.push(`${name} ${state.kind}${state.data === undefined ? '' : ` ${titles(state)}`}`);
    }),
  );
  const receive = (...frames: readonly ServerFrame[]) => {
    for (const frame of frames) queries.receive(frame);
  };
  const answer = (sent: readonly ClientFrame[]) => {
    const ids = sent.flatMap((frame) => (frame.type === 'subscribe' ? [frame.id] : []));
    receive(...ids.map((id, at) => ({ type: 'subscribed', id, view: at + 1 }) as const));
  };
  queries.begin(source);
  answer(source.sent);
  seen.length = 0;
  return { queries, source, seen, states, watches, receive, answer };
}

const snapshots = (left: string, right: string): ServerFrame[] => [
  { type: 'snapshot', view: 1, ...rowsOf({ a: left }) },
  { type: 'snapshot', view: 2, ...rowsOf({ b: right }) },
];

describe('a round', () => {
  it('is shown by all queries together, when it is complete', () => {
    const { queries, seen, receive } = start();
    const [first, ...rest] = roundOf(1, ...snapshots('one', 'one'));
    if (first !== undefined) receive(first);
    receive(...rest.slice(0, 2));
    expect(seen).toEqual([]);
    receive(...rest.slice(2));
    expect(seen).toEqual(['left ready one', 'right ready one']);

    // A listener of one query finds the other in the same state.
    const pairs: unknown[] = [];
    queries.watch(threads('left'), (left) => {
      queries.watch(threads('right'), (right) => pairs.push([titles(left), titles(right)]))();
    });
    receive(
      ...roundOf(
        2,
        { type: 'delta', view: 1, ...changeOf('a', 'two') },
        { type: 'delta', view: 2, ...changeOf('b', 'two') },
      ),
    );
    expect(pairs).toEqual([
      [['one'], ['one']],
      [['two'], ['two']],
    ]);
    expect(queries.position).toBe(2);
  });

  it('calls its listeners within one batch', () => {
    const { queries, seen, receive } = start();
    const batch = vi.fn((notify: () => void) => {
      seen.push('(');
      notify();
      seen.push(')');
    });
    queries.batchWith(batch);
    receive(...roundOf(1, ...snapshots('x', 'y')));
    expect(seen).toEqual(['(', 'left ready x', 'right ready y', ')']);
  });

  it('that is incomplete is never shown', () => {
    const { queries, seen, receive, answer } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    receive({ type: 'begin', round: 2, position: 2 }, { type: 'delta', view: 1, ...changeOf('a', 'two') });
    seen.length = 0;
    queries.pause();
    expect(seen).toEqual(['left stale one', 'right stale one']);
    expect(queries.position).toBe(1);
    const next = sourceOf();
    queries.begin(next);
    answer(next.sent);
    receive(...roundOf(2, { type: 'same', view: 1 }, { type: 'same', view: 2 }));
    expect(seen.slice(2)).toEqual(['left ready one', 'right ready one']);
  });

  it('does not call the listeners of an unchanged query', () => {
    const { seen, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    seen.length = 0;
    receive(...roundOf(2, { type: 'delta', view: 2, ...changeOf('b', 'two') }));
    receive(...roundOf(3, { type: 'snapshot', view: 1, ...rowsOf({ a: 'one' }) }));
    expect(seen).toEqual(['right ready two']);
  });
});

describe('a subscription', () => {
  it('is shared by equal queries, and ends shortly after the last watch', () => {
    vi.useFakeTimers();
    const { queries, source, watches } = start();
    const late = queries.watch(threads('left'), () => undefined);
    expect(source.sent.map(({ type }) => type)).toEqual(['subscribe', 'subscribe']);
    watches[0]?.();
    vi.advanceTimersByTime(5_000);
    expect(source.sent).toHaveLength(2);
    late();
    late();
    queries.watch(threads('left'), () => undefined)();
    vi.advanceTimersByTime(500);
    expect(source.sent).toHaveLength(2);
    vi.advanceTimersByTime(5_000);
    expect(source.sent.slice(2)).toEqual([{ type: 'unsubscribe', id: 1 }]);
  });

  it('continues on the next socket without receiving known data again', () => {
    const { queries, states, seen, receive, answer } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    const before = states[0]?.data;
    queries.pause();
    const next = sourceOf();
    queries.begin(next);
    const digests = next.sent.map((frame) => (frame.type === 'subscribe' ? frame.digest : undefined));
    expect(digests).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    answer(next.sent);
    receive(...roundOf(2, { type: 'same', view: 1 }, { type: 'snapshot', view: 2, ...rowsOf({ b: 'one', c: 'new' }) }));
    expect(states[0]?.data).toBe(before);
    expect(seen.slice(-2)).toEqual(['left ready one', 'right ready one,new']);
  });

  it('may be answered by an existing view', () => {
    const { queries, source, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    const third: unknown[] = [];
    queries.watch(threads('third'), (state) => third.push(state.kind, titles(state)));
    const id = source.sent.flatMap((frame) => (frame.type === 'subscribe' ? [frame.id] : [])).at(-1) ?? 0;
    receive({ type: 'subscribed', id, view: 1 });
    expect(third).toEqual(['loading', undefined, 'ready', ['one']]);
    receive(...roundOf(2, { type: 'delta', view: 1, ...changeOf('a', 'two') }));
    expect(third.at(-1)).toEqual(['two']);
  });

  it('follows the new view that it is moved to, and no longer the old one', () => {
    const { states, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    receive({ type: 'subscribed', id: 1, view: 3 });
    receive(
      ...roundOf(
        2,
        { type: 'snapshot', view: 3, ...rowsOf({ a: 'moved' }) },
        { type: 'delta', view: 1, ...changeOf('a', 'left behind') },
      ),
    );
    expect(states[0]).toMatchObject({ kind: 'ready', data: [{ title: 'moved' }] });
  });

  it('that is refused fails, and is requested again by retry and on the next socket', () => {
    const { queries, source, states, watches, receive } = start();
    const error = { code: 'SPOOKY_GATEWAY_LIMIT', message: 'Too many.' } as const;
    receive({ type: 'rejected', id: 1, error });
    expect(states[0]).toMatchObject({ kind: 'failed', error: { code: 'SPOOKY_CLIENT_LIMIT', message: 'Too many.' } });
    watches[0]?.retry();
    expect(states[0]?.kind).toBe('loading');
    expect(source.sent.slice(2)).toMatchObject([
      { type: 'unsubscribe', id: 1 },
      { type: 'subscribe', id: 3 },
    ]);
    queries.pause();
    const next = sourceOf();
    queries.begin(next);
    expect(next.sent).toHaveLength(2);
  });

  it('ends with its socket: frames of an ended view are ignored', () => {
    const { watches, seen, receive } = start();
    watches[0]?.retry();
    receive(...roundOf(1, { type: 'snapshot', view: 1, ...rowsOf({ a: 'late' }) }));
    expect(seen).toEqual([]);
  });
});

describe('a view', () => {
  it('that cannot be kept up to date fails with its last data, until the next snapshot', () => {
    const { states, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    const error = { code: 'SPOOKY_GATEWAY_TOO_MANY_ROWS', message: 'Too many rows.' } as const;
    receive(...roundOf(2, { type: 'failed', view: 1, error }));
    expect(states[0]).toMatchObject({
      kind: 'failed',
      data: [{ title: 'one' }],
      error: { code: 'SPOOKY_CLIENT_LIMIT' },
    });
    expect(states[1]?.kind).toBe('ready');
    receive(...roundOf(3, { type: 'snapshot', view: 1, ...rowsOf({ a: 'two' }) }));
    expect(states[0]).toMatchObject({ kind: 'ready', data: [{ title: 'two' }], error: undefined });
  });

  it('with invalid data fails alone', () => {
    const { states, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    receive(
      ...roundOf(
        2,
        { type: 'delta', view: 1, rows: [], lists: [[0, '', [[0, 0, ['unknown']]]]] },
        { type: 'delta', view: 2, ...changeOf('b', 'two') },
      ),
    );
    expect(states[0]).toMatchObject({ kind: 'failed', error: { code: 'SPOOKY_CLIENT_GATEWAY' } });
    expect(states[1]).toMatchObject({ kind: 'ready', data: [{ title: 'two' }] });
    receive(...roundOf(3, { type: 'snapshot', view: 1, ...rowsOf({ a: 'again' }) }));
    expect(states[0]).toMatchObject({ kind: 'ready', data: [{ title: 'again' }] });
  });
});

describe('another user', () => {
  it('sees nothing of the previous one', () => {
    const { queries, seen, states, receive } = start();
    receive(...roundOf(1, ...snapshots('for Ada', 'for Ada')));
    seen.length = 0;
    const bob = sourceOf('bob');
    queries.begin(bob);
    expect(seen).toEqual(['left loading', 'right loading']);
    expect(bob.sent.every((frame) => frame.type === 'subscribe' && frame.digest === undefined)).toBe(true);
    // Frames that were sent for Ada.
    receive(...roundOf(2, { type: 'delta', view: 1, ...changeOf('a', 'secret') }));
    expect(states.map(({ data }) => data)).toEqual([undefined, undefined]);
  });

  it('or none: all shown data disappears immediately', () => {
    const { queries, seen, receive } = start();
    receive(...roundOf(1, ...snapshots('one', 'one')));
    seen.length = 0;
    queries.clear();
    queries.clear();
    expect(seen).toEqual(['left loading', 'right loading']);
  });
});

it('survives a batch that throws', () => {
  const { queries, receive } = start();
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  queries.batchWith(() => {
    throw new Error('a bug in a page');
  });
  receive(...roundOf(1, ...snapshots('one', 'one')));
  queries.together(() => undefined);
  expect(reported).toHaveBeenCalledTimes(2);
});

it('survives a listener that throws and one that stops itself', () => {
  const { queries, seen, receive } = start();
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  queries.watch(threads('left'), () => {
    throw new Error('a bug in a page');
  });
  const stop = queries.watch(threads('left'), ({ kind }) => kind === 'ready' && stop());
  receive(...roundOf(1, ...snapshots('one', 'one')));
  expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug in a page' }));
  expect(seen).toEqual(['left ready one', 'right ready one']);
});
