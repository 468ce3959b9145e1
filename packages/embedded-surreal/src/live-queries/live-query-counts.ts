/**
 * Counts running live queries by connection, user and table. A place is reserved before the request goes to the engine,
 * so requests that are sent together cannot exceed a limit together.
 */
import type { ServerLimits } from '../session/limits.ts';

/** A reserved place among the running live queries. Releasing it again has no effect. */
export interface LiveQueryPlace {
  release(): void;
}

/** What a live query is counted for. */
export interface LiveQueryOwner {
  readonly connection: string;
  /** The id of a record user. Undefined for a service user, for whom only the limits of connection and table apply. */
  readonly user: string | undefined;
  /** `namespace/database/table`; undefined if the query does not name its table. */
  readonly table: string | undefined;
}

export class LiveQueryCounts {
  readonly #counts = new Map<string, number>();
  readonly #beforeFirst: () => Promise<void>;
  #prepared: Promise<void> | undefined;
  #running = 0;

  /** `beforeFirst` runs once, before the first live query starts. */
  constructor(beforeFirst: () => Promise<void> = async () => {}) {
    this.#beforeFirst = beforeFirst;
  }

  prepare(): Promise<void> {
    this.#prepared ??= this.#beforeFirst();
    return this.#prepared;
  }

  /** The number of live queries that run or are starting. */
  get running(): number {
    return this.#running;
  }

  /** Reserves a place for each live query. Returns the name of the limit if one is reached, and then reserves none. */
  take(owners: readonly LiveQueryOwner[], limits: ServerLimits): LiveQueryPlace[] | 'connection' | 'user' | 'table' {
    const places: LiveQueryPlace[] = [];
    for (const { connection, user, table } of owners) {
      const full =
        this.#full(connection, limits.liveQueries, 'connection') ??
        this.#full(user, limits.liveQueriesPerUser, 'user') ??
        this.#full(table, limits.liveQueriesPerTable, 'table');
      if (full !== undefined) {
        for (const place of places) place.release();
        return full;
      }
      places.push(this.#place([`connection ${connection}`, ...keyOf('user', user), ...keyOf('table', table)]));
    }
    return places;
  }

  #full<T extends 'connection' | 'user' | 'table'>(name: string | undefined, limit: number, kind: T): T | undefined {
    return name !== undefined && (this.#counts.get(`${kind} ${name}`) ?? 0) >= limit ? kind : undefined;
  }

  #place(keys: readonly string[]): LiveQueryPlace {
    this.#running += 1;
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#running -= 1;
        for (const key of keys) {
          const left = (this.#counts.get(key) ?? 0) - 1;
          if (left > 0) this.#counts.set(key, left);
          else this.#counts.delete(key);
        }
      },
    };
  }
}

const keyOf = (kind: string, name: string | undefined): string[] => (name === undefined ? [] : [`${kind} ${name}`]);
