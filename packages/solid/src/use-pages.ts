import {
  type ClientError,
  type LiveState,
  type Pageable,
  type PagesState,
  type PagesWatch,
  type Query,
  type Watch,
  watchPages,
} from '@spookify/client';
import { batch, createComputed, createMemo, onCleanup, untrack } from 'solid-js';
import { createCopy } from './create-copy.ts';

/** A list that is read page by page, and its state. Everything is reactive. */
export interface PagesAccessor<Row> {
  /** Returns the rows of all pages, or undefined before the first page is read. */
  (): readonly Row[] | undefined;
  /** True while the first page or a further one is read. */
  readonly loading: boolean;
  /** True if further rows follow. */
  readonly hasMore: boolean;
  /** Why a page cannot be read. Earlier rows stay. */
  readonly error: ClientError | undefined;
  /** True while the connection is lost: the rows were current then and are read again after a reconnect. */
  readonly stale: boolean;
  /** Reads one more page. */
  more(): void;
  /** Reads again what could not be read. */
  retry(): void;
}

interface Watching {
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch<Result>;
  batchWith?(batch: (notify: () => void) => void): void;
}

const NO_QUERY = { rows: undefined, hasMore: false, loading: false, stale: false, error: undefined };

/**
 * Watches a list page by page as long as its reactive owner lives. `query` is tracked and returns a query without
 * `build`; another query starts again with its first page, and null or undefined waits.
 *
 * The pages do not shift: a new row at the top makes the list longer, a deleted row leaves it, and no row is shown twice
 * or left out. Rows are matched by id and updated in place.
 *
 * @param options.size the rows of a page
 */
export function usePages<Row extends { id: unknown }>(
  db: Watching,
  query: () => Pageable<Row> | null | undefined,
  options: { readonly size: number },
): PagesAccessor<Row> {
  const { shown, show } = createCopy<PagesState<Row>>(NO_QUERY, 'rows');
  const current = createMemo(query, undefined, { equals: (before, after) => keyOf(before) === keyOf(after) });
  let watch: PagesWatch | undefined;

  createComputed(() => {
    const next = current();
    untrack(() => {
      if (next === null || next === undefined) return show(NO_QUERY);
      db.batchWith?.(batch);
      watch = watchPages(db, next, options.size, show);
    });
    onCleanup(() => {
      watch?.();
      watch = undefined;
    });
  });

  return Object.defineProperties(() => shown.rows, {
    loading: { get: () => shown.loading },
    hasMore: { get: () => shown.hasMore },
    error: { get: () => shown.error },
    stale: { get: () => shown.stale },
    more: { value: () => watch?.more() },
    retry: { value: () => watch?.retry() },
  }) as PagesAccessor<Row>;
}

function keyOf(query: Pageable<unknown> | null | undefined): string | undefined {
  return query?.build().key;
}
