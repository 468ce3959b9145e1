import { type ClientError, type LiveState, type Query, share, type Watch } from '@spookify/client';
import { batch, createComputed, createMemo, onCleanup, untrack } from 'solid-js';
import { createStore, produce } from 'solid-js/store';
import { merge } from './merge.ts';

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
  batchWith?(batch: (tell: () => void) => void): void;
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
 * Rows are matched by their id and updated in place, so only what has changed renders again. All queries of a page move
 * to a new state of the database together. While a query that differs only in its limits is read (as for "show more"),
 * the rows there are stay.
 */
export function useQuery<Result>(db: Watching, query: () => Query<Result> | null | undefined): QueryAccessor<Result> {
  const [shown, setShown] = createStore<Shown>({ kind: 'loading', data: undefined, error: undefined });
  const current = createMemo(query, undefined, { equals: (before, after) => before?.key === after?.key });
  let watch: Watch | undefined;
  let subject: string | undefined;
  /** The result that the store is a copy of: equal queries share theirs, and the store writes into what it holds. */
  let known: unknown;

  const show = ({ kind, data, error }: LiveState<unknown>, next: unknown = data): void => {
    batch(() => {
      setShown({ kind, error });
      setShown(produce((draft) => merge(draft, 'data', known, next)));
      known = next;
    });
  };

  createComputed(() => {
    const next = current();
    untrack(() => {
      if (next === null || next === undefined) {
        subject = undefined;
        show({ kind: 'loading', data: undefined, error: undefined });
        return;
      }
      const isSameSubject = next.subject === subject;
      subject = next.subject;
      let isFirst = true;
      let hasResult = false;
      db.batchWith?.(batch);
      watch = db.watch(next, (state) => {
        // As the first state, `loading` means that nothing was read yet; later it means that the data must go.
        const keep = isSameSubject && isFirst && state.kind === 'loading';
        isFirst = false;
        if (keep) return show(state, known);
        // Between two results of one query the client has kept what has not changed, but not between two queries.
        show(state, hasResult ? state.data : share(known, state.data));
        hasResult = state.data !== undefined;
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
