import { type ClientError, type LiveState, type Query, share, type Watch } from '@spookify/client';
import { batch, createComputed, createMemo, onCleanup, untrack } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import { copy } from './copy.ts';

/** The present result of a query, and how it stands. All of it is reactive. */
export interface QueryAccessor<Result> {
  /** The last full result; undefined before there is one. */
  (): Result | undefined;
  /** No full result yet: the query is being read for the first time, or waits for a session or for itself. */
  readonly loading: boolean;
  /** Why the query cannot be read. What was read before stays. */
  readonly error: ClientError | undefined;
  /** The connection is lost: the result was right, and will be read again as soon as there is a connection. */
  readonly stale: boolean;
  /** Reads again now. */
  retry(): void;
}

interface Watching {
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch;
}

interface Shown {
  kind: LiveState<unknown>['kind'];
  data: unknown;
  error: ClientError | undefined;
}

/**
 * Keeps a query up to date for as long as its owner lives. `query` is tracked: when it gives another query, that one
 * takes over; when it gives null or undefined, it waits.
 *
 * Rows are matched by their id and updated in place, so only what has changed renders again. While a query that
 * differs only in its limits is read (as for "show more"), the rows there are stay.
 */
export function useQuery<Result>(db: Watching, query: () => Query<Result> | null | undefined): QueryAccessor<Result> {
  const [shown, setShown] = createStore<Shown>({ kind: 'loading', data: undefined, error: undefined });
  const current = createMemo(query, undefined, { equals: (before, after) => before?.key === after?.key });
  let watch: Watch | undefined;
  let subject: string | undefined;
  /** What the store was last given, before the store made it its own. */
  let known: unknown;

  const show = ({ kind, data, error }: LiveState<unknown>, keep: boolean): void => {
    const next = keep && kind === 'loading' ? known : share(known, data);
    batch(() => {
      setShown({ kind, error });
      if (next === known) return;
      known = next;
      // The store writes into what it holds, and equal queries share their rows: so it gets rows of its own.
      setShown('data', reconcile(copy(next), { key: 'id' }));
    });
  };

  createComputed(() => {
    const next = current();
    untrack(() => {
      if (next === null || next === undefined) {
        subject = undefined;
        show({ kind: 'loading', data: undefined, error: undefined }, false);
        return;
      }
      let keep = next.subject === subject;
      subject = next.subject;
      watch = db.watch(next, (state) => {
        show(state, keep);
        // Told at once, `loading` means that nothing was read yet; told later, that what there was must go.
        keep = false;
      });
    });
    onCleanup(() => {
      watch?.();
      watch = undefined;
    });
  });

  const accessor = () => shown.data as Result | undefined;
  return Object.defineProperties(accessor, {
    loading: { get: () => shown.kind === 'loading' },
    error: { get: () => shown.error },
    stale: { get: () => shown.kind === 'stale' },
    retry: { value: () => watch?.retry() },
  }) as QueryAccessor<Result>;
}
