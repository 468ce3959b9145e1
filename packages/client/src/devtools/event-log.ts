import { Listeners } from '../listeners.ts';

/** One thing that happened. It never has values of fields. */
export type LogEntry = {
  /** Counts the entries, also those that the log does not have any more. */
  readonly id: number;
  readonly at: Date;
} & LogEvent;

export type LogEvent =
  | {
      /** A frame of the socket. */
      readonly kind: 'sent' | 'received';
      readonly type: string;
      readonly bytes: number;
      /** What it is about: ids, a table, a record, the code of an error. */
      readonly about: string;
    }
  /** A round was committed, with data for this number of queries. */
  | { readonly kind: 'round'; readonly round: number; readonly position: number; readonly queries: number }
  /** This number of queries shows something new: data of a round, a pending write, or another state. */
  | { readonly kind: 'shown'; readonly queries: number }
  /** A state has changed. `query` is the id of the query. */
  | {
      readonly kind: 'state';
      readonly of: 'connection' | 'auth' | 'sync' | 'query';
      readonly to: string;
      readonly query?: number;
    }
  /** A pending write has another state. `gone`: confirmed, merged into another one, or discarded. */
  | {
      readonly kind: 'write';
      readonly key: string;
      readonly write: string;
      readonly record: string;
      readonly to: string;
      readonly code?: string;
    };

const ENTRIES_MAX = 500;

/** The last events. Older ones are forgotten. */
export class EventLog {
  readonly #listeners = new Listeners<LogEntry>();
  #entries: readonly LogEntry[] = [];
  #lastId = 0;

  /** The last 500 entries, oldest first. The same list as long as nothing is added. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  add(event: LogEvent): void {
    this.#lastId += 1;
    const entry: LogEntry = { id: this.#lastId, at: new Date(), ...event };
    this.#entries = [...this.#entries.slice(1 - ENTRIES_MAX), entry];
    this.#listeners.notify(entry);
  }

  /** Calls the listener with every new entry. Returns a function that removes it. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    return this.#listeners.add(listener);
  }
}
