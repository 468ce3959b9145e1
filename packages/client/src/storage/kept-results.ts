import type { EarlierResult, ResultSource } from '../live/live-queries.ts';
import type { LiveQuery } from '../live/live-query.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import { tableOf } from '../queue/shown-writes.ts';
import type { ResultStorage, StoredResult } from './storage.ts';

export interface KeptResultsOptions {
  readonly storage: ResultStorage;
  /** Whether this tab removes writes that every stored result contains. */
  readonly isLeader: () => boolean;
  /** The writes that are shown everywhere, and that a stored result may lack. */
  readonly settled: () => readonly PendingWrite[];
  /** All live queries of this tab. */
  readonly live: () => Iterable<LiveQuery>;
  /** The keys of the pending writes that the gateway's data of a query contains. */
  readonly containedBy: (live: LiveQuery) => Iterable<string>;
  /** Removes a write that every stored result contains. */
  readonly forget: (key: string) => void;
  /** Called when results could not be stored, for example because the disk is full. The page goes on without them. */
  readonly onFailure: (error: unknown) => void;
}

/** Results are stored this long after a change, with everything that changes meanwhile. Milliseconds. */
const SAVE_MS = 1_000;
/** Every tab has stored its results this long after a write is shown. Milliseconds. */
const SETTLED_MS = 10_000;
/** If writes are kept for older results, this is checked again after so long. Milliseconds. */
const AGAIN_MS = 60_000;
/** Writes that are kept for older results. */
const KEPT_MAX = 500;

/**
 * Keeps the last results, so that the next visit shows them before the gateway answers. They contain the gateway's data
 * without pending writes, which are shown on top of them again.
 */
export class KeptResults implements ResultSource {
  readonly #options: KeptResultsOptions;
  readonly #changed = new Map<LiveQuery, string>();
  #saving: ReturnType<typeof setTimeout> | undefined;
  #tidying: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  readonly #stopHiding: () => void;

  constructor(options: KeptResultsOptions) {
    this.#options = options;
    this.#stopHiding = onHide(() => void this.#save());
  }

  async read(user: string, query: string): Promise<EarlierResult | undefined> {
    return await this.#options.storage.read(user, query).catch(() => undefined);
  }

  changed(user: string, queries: readonly LiveQuery[]): void {
    if (this.#isClosed) return;
    for (const query of queries) this.#changed.set(query, user);
    if (this.#changed.size > 0) this.#saving ??= setTimeout(() => void this.#save(), SAVE_MS);
  }

  /** The pending writes have changed. One that is shown everywhere is forgotten when no stored result lacks it. */
  follow(delayMs = SETTLED_MS): void {
    // The storage may answer after the end.
    if (this.#isClosed || this.#options.settled().length === 0) return;
    this.#tidying ??= setTimeout(() => void this.#tidy(), delayMs);
  }

  /** The user has left. */
  clear(): void {
    clearTimeout(this.#saving);
    clearTimeout(this.#tidying);
    this.#saving = this.#tidying = undefined;
    this.#changed.clear();
  }

  close(): void {
    this.#isClosed = true;
    void this.#save();
    this.#stopHiding();
    this.clear();
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    const at = Date.now();
    const results = changed.flatMap(([live, user]): StoredResult[] => {
      const { key: query, tables, store } = live;
      const contains = [...this.#options.containedBy(live)];
      return store === undefined ? [] : [{ user, query, tables, content: store.content(), contains, at }];
    });
    if (results.length > 0) await this.#options.storage.save(results).catch(this.#options.onFailure);
  }

  async #tidy(): Promise<void> {
    this.#tidying = undefined;
    const { isLeader, settled } = this.#options;
    const now = Date.now();
    // A clock that was set back would keep a write for ever.
    const old = settled().filter(({ state }) => {
      return state.kind === 'shown' && (state.at <= now - SETTLED_MS || state.at > now);
    });
    const areKept = isLeader() && (await this.#forgetContained(old));
    this.follow(areKept ? AGAIN_MS : SETTLED_MS);
  }

  /**
   * A result that was stored before a write was shown may lack it. As long as there is one, the write is kept, to be shown
   * on top of it. If too many are kept, the oldest ones are forgotten with those results.
   *
   * @param writes of one user, in their order
   * @returns whether some are kept
   */
  async #forgetContained(writes: readonly PendingWrite[]): Promise<boolean> {
    const [first] = writes;
    if (first === undefined) return false;
    const { storage, forget } = this.#options;
    const { user } = first;
    await this.#saveAll(user, new Set(writes.map(tableOf)));
    const lacked = new Set<PendingWrite>();
    try {
      await storage.keep(user, (result) => {
        for (const write of lackedBy(result, writes)) lacked.add(write);
        return true;
      });
      const kept = withLaterOnes(writes, lacked);
      const surplus = kept.slice(0, Math.max(kept.length - KEPT_MAX, 0));
      if (surplus.length > 0) await storage.keep(user, (result) => lackedBy(result, surplus).length === 0);
      const remaining = new Set(kept.slice(surplus.length));
      for (const write of writes) if (!remaining.has(write)) forget(write.key);
      return kept.length > 0;
    } catch {
      return true;
    }
  }

  /** Stores the current results of these tables, also those that have not changed. */
  async #saveAll(user: string, tables: ReadonlySet<string>): Promise<void> {
    for (const query of this.#options.live()) {
      if (query.tables.some((table) => tables.has(table))) this.#changed.set(query, user);
    }
    await this.#save();
  }
}

/** The writes that a result may lack. */
function lackedBy({ tables, contains }: StoredResult, writes: readonly PendingWrite[]): readonly PendingWrite[] {
  // It may be of another version of the page.
  const contained = new Set(Array.isArray(contains) ? contains : []);
  return writes.filter((write) => tables.includes(tableOf(write)) && !contained.has(write.key));
}

/**
 * The writes that a result lacks, and all later ones of their records: without its delete, a record would appear again.
 *
 * @param writes in their order
 */
function withLaterOnes(writes: readonly PendingWrite[], lacked: ReadonlySet<PendingWrite>): readonly PendingWrite[] {
  const records = new Set<string>();
  return writes.filter((write) => {
    if (lacked.has(write)) records.add(write.record);
    return records.has(write.record);
  });
}

/** Calls the listener when the page is hidden, which may be the last moment in which it can do something. */
function onHide(listener: () => void): () => void {
  const page = globalThis.document;
  if (page === undefined) return () => undefined;
  const onChange = (): void => {
    if (page.visibilityState === 'hidden') listener();
  };
  page.addEventListener('visibilitychange', onChange);
  globalThis.addEventListener('pagehide', listener);
  return () => {
    page.removeEventListener('visibilitychange', onChange);
    globalThis.removeEventListener('pagehide', listener);
  };
}
