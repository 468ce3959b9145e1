import { type ClientError, type LiveState, type Query, share, type Watch } from '@spookify/client';
import { batch, createComputed, createMemo, onCleanup, untrack } from 'solid-js';
import { createStore, produce } from 'solid-js/store';
import { merge } from './merge.ts';

/** The current result of a query and its state. Everything is reactive. */
export interface QueryAccessor<Result> {
  /** Returns the last full result, or undefined if there is none yet. */
  (): Result | undefined;
  /** True while there is no full result: the query is read for the first time, or waits for a session or a query. */
  readonly loading: boolean;
  /** Why the query cannot be read. Earlier data stays. */
  readonly error: ClientError | undefined;
  /** True while the connection is lost: the result was current then and is read again after a reconnect. */
  readonly stale: boolean;
  /** Reads again immediately. */
  retry(): void;
}

interface Watching {
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch;
  batchWith?(batch: (notify: () => void) => void): void;
}

interface Shown {
  kind: LiveState<unknown>['kind'];
  data: unknown;
  error: ClientError | undefined;
}

/**
 * Watches a query as long as its reactive owner lives. `query` is tracked: if it returns another query, that one
 * replaces the first; if it returns null or undefined, it waits.
 *
 * Rows are matched by id and updated in place, so only what has changed renders again. All queries of a page move to a
 * new state of the database together. If the next query differs only in its limits (as for "show more"), the current
 * rows stay until it is read.
 */
export function useQuery<Result>(db: Watching, query: () => Query<Result> | null | undefined): QueryAccessor<Result> {
  const [shown, setShown] = createStore<Shown>({ kind: 'loading', data: undefined, error: undefined });
  const current = createMemo(query, undefined, { equals: (before, after) => before?.key === after?.key });
  let watch: Watch | undefined;
  let subject: string | undefined;
  /** The result that the store is a copy of. Equal queries share their result, and the store changes its own data. */
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
        // As the first state, `loading` means that nothing was read yet. Later it means that the data must disappear.
        const keep = isSameSubject && isFirst && state.kind === 'loading';
        isFirst = false;
        if (keep) return show(state, known);
        // The client keeps unchanged parts between two results of one query, but not between two queries.
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
