import { type ClientError, type LiveState, type Query, share } from '@spookify/client';
import { batch, createComputed, createMemo, onCleanup, untrack } from 'solid-js';
import { createCopy } from './create-copy.ts';
import { createSuspension } from './suspension.ts';

/** The current result of a query and its state. Everything is reactive. */
export interface QueryAccessor<Result> {
  /** Returns the last full result, or undefined if there is none yet. */
  (): Result | undefined;
  /**
   * True while a query has no full result: it is read for the first time, or waits for a session. False without a query.
   */
  readonly loading: boolean;
  /** Why the query cannot be read. Earlier data stays. */
  readonly error: ClientError | undefined;
  /** True while the connection is lost: the result was current then and is read again after a reconnect. */
  readonly stale: boolean;
  /** Reads again immediately. */
  retry(): void;
}

/** Options of `useQuery`. */
export interface QueryOptions {
  /**
   * Whether the accessor suspends until the first full result, so that `Suspense` shows its fallback, and throws to the
   * `ErrorBoundary` if the query fails before. Another query suspends again; live changes, reconnects and later failures
   * do not. Default: false.
   */
  readonly suspense?: boolean;
}

/** A watch, as far as it is used here. */
type Watch = (() => void) & { retry(): void };

interface Watching {
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch;
  batchWith?(batch: (notify: () => void) => void): void;
}

interface Shown {
  /** `idle`: there is no query. */
  readonly kind: LiveState<unknown>['kind'] | 'idle';
  readonly data: unknown;
  readonly error: ClientError | undefined;
}

const IDLE: Shown = { kind: 'idle', data: undefined, error: undefined };

/**
 * Watches a query as long as its reactive owner lives. `query` is tracked: if it returns another query, that one
 * replaces the first; if it returns null or undefined, nothing is watched and `loading` is false.
 *
 * Rows are matched by id and updated in place, so only what has changed renders again. All queries of a page move to a
 * new state of the database together. If the next query differs only in its limits (as for "show more"), the current
 * rows stay until it is read.
 */
export function useQuery<Result>(
  db: Watching,
  query: () => Query<Result> | null | undefined,
  options: QueryOptions = {},
): QueryAccessor<Result> {
  const { shown, show } = createCopy(IDLE, 'data');
  const current = createMemo(query, undefined, { equals: (before, after) => before?.key === after?.key });
  const hasQuery = untrack(current) != null;
  const suspension = options.suspense === true ? createSuspension(hasQuery) : undefined;
  let watch: Watch | undefined;
  let subject: string | undefined;
  /** Whether the present query, or one that differs only in its limits, has had a full result. */
  let isRead = false;
  /** The result that is shown. */
  let known: unknown;

  createComputed(() => {
    const next = current();
    untrack(() => {
      if (next === null || next === undefined) {
        subject = known = undefined;
        show(IDLE);
        suspension?.end();
        return;
      }
      const isSameSubject = next.subject === subject;
      subject = next.subject;
      let isFirst = true;
      let hasResult = false;
      isRead &&= isSameSubject;
      if (!isRead) suspension?.wait();
      db.batchWith?.(batch);
      watch = db.watch(next, (state) => {
        isRead ||= state.data !== undefined;
        if (isRead || state.kind === 'failed') suspension?.end(isRead ? undefined : state.error);
        else suspension?.wait();
        // As the first state, `loading` means that nothing was read yet. Later it means that the data must disappear.
        const keep = isSameSubject && isFirst && state.kind === 'loading';
        isFirst = false;
        // The client keeps unchanged parts between two results of one query, but not between two queries.
        if (!keep) known = hasResult ? state.data : share(known, state.data);
        hasResult = state.data !== undefined;
        show({ ...state, data: known });
      });
    });
    onCleanup(() => {
      suspension?.end();
      watch?.();
      watch = undefined;
    });
  });

  const accessor = () => {
    suspension?.read();
    return shown.data as Result | undefined;
  };
  return Object.defineProperties(accessor, {
    loading: { get: () => shown.kind === 'loading' },
    error: { get: () => shown.error },
    stale: { get: () => shown.kind === 'stale' },
    retry: { value: () => watch?.retry() },
  }) as QueryAccessor<Result>;
}
