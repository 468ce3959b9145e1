import type { ViewChange } from '@spookify/gateway/wire';
import type { ResultSource } from '../live/live-queries.ts';
import type { LiveQuery } from '../live/live-query.ts';
import { localWriteOf } from '../queue/local-write.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import type { ResultStorage } from './storage.ts';

export interface KeptResultsOptions {
  readonly storage: ResultStorage;
  /** Whether this tab removes writes that every stored result contains. */
  readonly isLeader: () => boolean;
  /** Removes a write that every stored result contains. */
  readonly forget: (key: string) => void;
  /** Called when results could not be stored, for example because the disk is full. The page goes on without them. */
  readonly onFailure: (error: unknown) => void;
}

/** Results are stored this long after a change, with everything that changes meanwhile. Milliseconds. */
const SAVE_MS = 1_000;
/** Every tab has stored its results this long after a write is shown. Milliseconds. */
const SETTLED_MS = 10_000;

/**
 * Keeps the last results, so that the next visit shows them before the gateway answers. They contain the gateway's data
 * without pending writes, which are shown on top of them again.
 */
export class KeptResults implements ResultSource {
  readonly #options: KeptResultsOptions;
  readonly #changed = new Map<LiveQuery, string>();
  #saving: ReturnType<typeof setTimeout> | undefined;
  #tidying: ReturnType<typeof setTimeout> | undefined;
  #entries: readonly PendingWrite[] = [];
  #isClosed = false;
  readonly #stopHiding: () => void;

  constructor(options: KeptResultsOptions) {
    this.#options = options;
    this.#stopHiding = onHide(() => void this.#save());
  }

  async read(user: string, query: string): Promise<ViewChange | undefined> {
    const result = await this.#options.storage.read(user, query).catch(() => undefined);
    return result?.content;
  }

  changed(user: string, queries: readonly LiveQuery[]): void {
    if (this.#isClosed) return;
    for (const query of queries) this.#changed.set(query, user);
    if (this.#changed.size > 0) this.#saving ??= setTimeout(() => void this.#save(), SAVE_MS);
  }

  /** Follows the pending writes. One that is shown everywhere is forgotten when no stored result lacks it. */
  follow(entries: readonly PendingWrite[]): void {
    // The storage may answer after the end.
    if (this.#isClosed) return;
    this.#entries = entries;
    if (entries.some(({ state }) => state.kind === 'shown')) {
      this.#tidying ??= setTimeout(() => void this.#tidy(), SETTLED_MS);
    }
  }

  /** The user has left. */
  clear(): void {
    clearTimeout(this.#saving);
    clearTimeout(this.#tidying);
    this.#saving = this.#tidying = undefined;
    this.#changed.clear();
    this.#entries = [];
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
    const results = changed.flatMap(([{ key, tables, store }, user]) =>
      store === undefined ? [] : [{ user, query: key, tables, content: store.content(), at }],
    );
    if (results.length > 0) await this.#options.storage.save(results).catch(this.#options.onFailure);
  }

  /** A result that was stored before a write was shown may lack it. It is removed, and the write is forgotten. */
  async #tidy(): Promise<void> {
    this.#tidying = undefined;
    const { isLeader, storage, forget } = this.#options;
    const settled = Date.now() - SETTLED_MS;
    for (const write of this.#entries) {
      const { state, user, key } = write;
      if (state.kind !== 'shown' || !isLeader()) continue;
      // A clock that was set back would keep it forever.
      if (state.at > settled && state.at <= Date.now()) continue;
      await storage.removeOlder(user, [localWriteOf(write).id.table.name], state.at).catch(() => undefined);
      forget(key);
    }
    this.follow(this.#entries);
  }
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
