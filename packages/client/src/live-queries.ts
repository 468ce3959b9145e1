import type { Session } from './auth.ts';
import { Changes } from './changes.ts';
import { guarded } from './listeners.ts';
import { LiveQuery, type LiveSource } from './live-query.ts';
import type { LiveState } from './live-state.ts';
import type { Query } from './query.ts';

/** Ends a watch when called. May be called again. */
export interface Watch {
  (): void;
  /** Reads again at once, for instance after a failure. */
  retry(): void;
}

/** A query that nobody watches stays this long, because going back to a page, or re-rendering it, is common. */
const LINGER_MS = 1_000;

/** All queries that are watched: equal ones are one, and share what they know. */
export class LiveQueries {
  readonly #queries = new Map<string, LiveQuery>();
  readonly #lingering = new Map<LiveQuery, ReturnType<typeof setTimeout>>();
  #source: LiveSource | undefined;
  #user: string | undefined;

  /** Calls the listener with the present state at once, and then with every next one. */
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch {
    const live = this.#find(query);
    // The key stands for the plan, and the plan for the result type.
    const typed = listener as (state: LiveState<unknown>) => void;
    const stop = live.listeners.add(typed);
    guarded(typed, live.state);
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      stop();
      if (live.listeners.size === 0) this.#linger(query.key, live);
    };
    return Object.assign(end, { retry: () => live.retry() });
  }

  /** Somebody is signed in on a link. */
  begin({ link, user }: Session): void {
    const name = user.toString();
    if (this.#user !== undefined && this.#user !== name) this.clear();
    this.#user = name;
    const source = { link, changes: new Changes(link) };
    this.#source = source;
    for (const live of this.#queries.values()) live.begin(source);
  }

  /** The link is gone. */
  pause(): void {
    this.#source = undefined;
    for (const live of this.#queries.values()) live.pause();
  }

  /** Nobody is signed in any more. */
  clear(): void {
    this.#source = undefined;
    if (this.#user === undefined) return;
    this.#user = undefined;
    for (const live of this.#queries.values()) live.clear();
  }

  close(): void {
    this.#source = undefined;
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    this.#lingering.clear();
    for (const live of this.#queries.values()) live.close();
    this.#queries.clear();
  }

  #find<Result>(query: Query<Result>): LiveQuery {
    const known = this.#queries.get(query.key);
    if (known !== undefined) {
      clearTimeout(this.#lingering.get(known));
      this.#lingering.delete(known);
      return known;
    }
    const live = new LiveQuery(query);
    this.#queries.set(query.key, live);
    if (this.#source !== undefined) live.begin(this.#source);
    return live;
  }

  #linger(key: string, live: LiveQuery): void {
    if (this.#queries.get(key) !== live) return;
    const timer = setTimeout(() => {
      this.#lingering.delete(live);
      this.#queries.delete(key);
      live.close();
    }, LINGER_MS);
    this.#lingering.set(live, timer);
  }
}
