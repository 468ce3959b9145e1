import type { WirePlan } from '@spookify/gateway/wire';
import type { ClientError } from '../errors.ts';
import { invalid } from '../query/conditions.ts';
import type { Query } from '../query/query.ts';
import type { Watch } from './live-queries.ts';
import type { LiveState } from './live-state.ts';
import { share } from './share.ts';

/*
 * A live list that is read page by page. A row is never shown twice or left out, whatever is written meanwhile.
 *
 *   page 1                until a      a: the last row of page 1 when `more` was called
 *   page 2    after a,    until b
 *   page 3    after b,    the first `size`, and one more row that shows whether there are more
 *
 * The pages change together, as all queries do, so each row of the table is in one of them. `more` reads a division with
 * one more page while the present one stays:
 *
 *   nothing ──all pages are read──▶ shown ──more──▶ shown, and the next one is read ──all its pages are read──▶ shown
 *      ▲                              │
 *      └──────────cleared─────────────┘
 */

/** A query as `db.query` builds it, ordered as the list is, without `limit`, `offset` and `one`. */
export interface Pageable<Row> {
  after(row: NoInfer<Row>): Pageable<Row>;
  until(row: NoInfer<Row>): Pageable<Row>;
  limit(count: number): Pageable<Row>;
  build(): Query<Row[]>;
}

/** What a list shows. */
export interface PagesState<Row> {
  /** The rows of all pages; undefined before the first page is read. */
  readonly rows: readonly Row[] | undefined;
  /** Whether further rows follow. */
  readonly hasMore: boolean;
  /** Whether the first page or a further one is being read. */
  readonly loading: boolean;
  /** Whether the connection is lost. The rows were current then. */
  readonly stale: boolean;
  /** Why a page cannot be read. Earlier rows stay. */
  readonly error: ClientError | undefined;
}

/** Ends the list when called. */
export interface PagesWatch {
  (): void;
  /** Reads one more page. Without effect while one is being read, and after the last one. */
  more(): void;
  /** Reads again what could not be read. */
  retry(): void;
}

interface Watching {
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch<Result>;
}

/**
 * Watches a list page by page: calls the listener immediately with the current state, and then with every new one. Each
 * page is a separate live query.
 *
 * @param size the rows of a page
 * @throws SPOOKY_CLIENT_INVALID_QUERY if the size is not a whole number above 0, or the query has a limit, an offset, or an
 *   order by fields that its rows do not have
 */
export function watchPages<Row extends { id: unknown }>(
  db: Watching,
  query: Pageable<Row>,
  size: number,
  listener: (state: PagesState<Row>) => void,
): PagesWatch {
  if (!Number.isSafeInteger(size) || size < 1) throw invalid(`size must be a whole number above 0, not ${size}.`);
  requirePageable(query.build().plan);
  const pages = new Pages(db, query, size, listener);
  pages.start();
  return Object.assign(() => pages.end(), { more: () => pages.more(), retry: () => pages.retry() });
}

/** The pages up to the ends, and one after them. */
interface Division<Row> {
  readonly ends: readonly Row[];
  readonly watches: readonly Watch<Row[]>[];
}

const EMPTY = { rows: undefined, hasMore: false, loading: true, stale: false, error: undefined } as const;

class Pages<Row extends { id: unknown }> {
  readonly #db: Watching;
  readonly #query: Pageable<Row>;
  readonly #size: number;
  readonly #listener: (state: PagesState<Row>) => void;
  #shown: Division<Row> | undefined;
  #next: Division<Row> | undefined;
  #state: PagesState<Row> = EMPTY;
  /** While watches are started, each reports its state, although the division is not complete. */
  #isStarting = false;

  constructor(db: Watching, query: Pageable<Row>, size: number, listener: (state: PagesState<Row>) => void) {
    this.#db = db;
    this.#query = query;
    this.#size = size;
    this.#listener = listener;
  }

  start(): void {
    this.#listener(this.#state);
    this.#read([]);
  }

  more(): void {
    const { rows, hasMore } = this.#state;
    if (this.#next !== undefined) {
      if (this.#state.error !== undefined) this.retry();
      return;
    }
    const last = rows?.at(-1);
    if (this.#shown !== undefined && last !== undefined && hasMore) this.#read([...this.#shown.ends, last]);
  }

  retry(): void {
    const watches = [...(this.#shown?.watches ?? []), ...(this.#next?.watches ?? [])];
    const failed = watches.filter(({ state }) => state.kind === 'failed');
    for (const watch of failed.length > 0 ? failed : watches) watch.retry();
  }

  end(): void {
    const divisions = [this.#shown, this.#next];
    this.#shown = undefined;
    this.#next = undefined;
    for (const division of divisions) stop(division);
  }

  #read(ends: readonly Row[]): void {
    const queries = this.#divide(ends);
    this.#isStarting = true;
    this.#next = { ends, watches: queries.map((query) => this.#db.watch(query, () => this.#update())) };
    this.#isStarting = false;
    this.#update();
  }

  #divide(ends: readonly Row[]): Query<Row[]>[] {
    return [undefined, ...ends].map((start, at) => {
      const end = ends[at];
      const from = start === undefined ? this.#query : this.#query.after(start);
      return (end === undefined ? from.limit(this.#size + 1) : from.until(end)).build();
    });
  }

  /** Some watch has a new state. The others have theirs of the same moment, whether they reported it or not. */
  #update(): void {
    if (this.#isStarting || (this.#shown ?? this.#next) === undefined) return;
    if (this.#shown?.watches.some(({ state }) => state.kind === 'loading')) {
      // The user has changed: neither the rows nor the ends may be used any more.
      this.end();
      this.#publish(EMPTY);
      this.#read([]);
      return;
    }
    if (this.#next !== undefined && resultsOf(this.#next) !== undefined) {
      const former = this.#shown;
      this.#shown = this.#next;
      this.#next = undefined;
      stop(former);
    }
    const shown = this.#shown?.watches ?? [];
    const error = errorOf(this.#next?.watches ?? []) ?? errorOf(shown);
    this.#publish({
      ...this.#rows(),
      loading: this.#next !== undefined && error === undefined,
      stale: shown.some(({ state }) => state.kind === 'stale'),
      error,
    });
  }

  #rows(): Pick<PagesState<Row>, 'rows' | 'hasMore'> {
    const { rows, hasMore } = this.#state;
    const results = this.#shown === undefined ? undefined : resultsOf(this.#shown);
    // After a reconnect, some pages may have their new state before the others.
    if (results === undefined) return { rows, hasMore };
    const last = results.at(-1) ?? [];
    const all = [...results.slice(0, -1).flat(), ...last.slice(0, this.#size)];
    // Queries that only the database can evaluate do not change together.
    const unique = [...new Map(all.toReversed().map((row) => [String(row.id), row])).values()].toReversed();
    return { rows: share(rows, unique), hasMore: last.length > this.#size };
  }

  #publish(next: PagesState<Row>): void {
    const names = Object.keys(next) as (keyof PagesState<Row>)[];
    if (names.every((name) => next[name] === this.#state[name])) return;
    this.#state = next;
    this.#listener(next);
  }
}

/** The rows of all pages if they are of one moment. */
function resultsOf<Row>({ watches }: Division<Row>): readonly (readonly Row[])[] | undefined {
  const states = watches.map(({ state }) => state);
  const isOfOneMoment = (['ready', 'stale'] as const).some((kind) => states.every((state) => state.kind === kind));
  return isOfOneMoment ? states.map(({ data = [] }) => data) : undefined;
}

function errorOf(watches: readonly Watch<unknown>[]): ClientError | undefined {
  return watches.map(({ state }) => state.error).find((error) => error !== undefined);
}

function stop(division: Division<unknown> | undefined): void {
  for (const watch of division?.watches ?? []) watch();
}

function requirePageable({ single, limit, offset, select, orderBy = [], related = [] }: WirePlan): void {
  if (single || (limit ?? offset) !== undefined) throw invalid('A list of pages takes no limit, offset or one.');
  for (const { field } of orderBy) {
    const isMissing = field !== 'id' && select !== undefined && !select.includes(field);
    if (isMissing || related.some(({ name }) => name === field)) {
      throw invalid(`A list of pages is ordered by "${field}", so its rows must have this field. Select it.`);
    }
  }
}
