/**
 * How many live queries run, by connection, by user and by table. Places are taken before the
 * engine is asked, so that requests sent together cannot pass the limit together.
 */
import type { ServerLimits } from '../session/limits.ts';

/** A place among the running live queries; given back once, however often it is released. */
export interface LivePlace {
  release(): void;
}

export interface LiveOwner {
  readonly connection: string;
  /** A record user's id; undefined for a service user, who has no limit but the table's. */
  readonly user: string | undefined;
  /** `namespace/database/table`; undefined when the query does not name its table. */
  readonly table: string | undefined;
}

export class LiveCounts {
  readonly #counts = new Map<string, number>();
  readonly #beforeFirst: () => Promise<void>;
  #prepared: Promise<void> | undefined;
  #running = 0;

  /** `beforeFirst` is done before the first live query starts. */
  constructor(beforeFirst: () => Promise<void> = async () => {}) {
    this.#beforeFirst = beforeFirst;
  }

  prepare(): Promise<void> {
    this.#prepared ??= this.#beforeFirst();
    return this.#prepared;
  }

  /** All that run, with those that are being started. */
  get running(): number {
    return this.#running;
  }

  /** A place for each, or the name of the limit that is reached. */
  take(owners: readonly LiveOwner[], limits: ServerLimits): LivePlace[] | 'connection' | 'user' | 'table' {
    const places: LivePlace[] = [];
    for (const { connection, user, table } of owners) {
      const full =
        this.#full(connection, limits.lives, 'connection') ??
        this.#full(user, limits.livesPerUser, 'user') ??
        this.#full(table, limits.livesPerTable, 'table');
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

  #place(keys: readonly string[]): LivePlace {
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
