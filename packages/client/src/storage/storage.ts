import type { ViewChange } from '@spookify/gateway/wire';
import type { PendingWrite } from '../queue/pending-write.ts';
import type { QueueChanges } from '../queue/queue-changes.ts';

/**
 * What a browser keeps for its users: pending writes, and the last results of queries. Everything is kept per user and
 * given to nobody else.
 */
export interface Storage {
  /** Whether the content survives the end of the page, and is the same in all tabs of the browser. */
  isDurable(): Promise<boolean>;
  readonly writes: WriteStorage;
  readonly results: ResultStorage;
  close(): void;
}

export interface WriteStorage {
  /** All pending writes of a user, in their order. */
  all(user: string): Promise<PendingWrite[]>;
  /**
   * Changes pending writes in a transaction. `change` receives the writes of the user that touch the record, and the last
   * one that touches each of the others, in their order. It must not wait for anything. Resolves with what is stored,
   * when it is stored.
   */
  change(
    user: string,
    place: WritePlace,
    change: (related: readonly PendingWrite[]) => QueueChanges,
  ): Promise<StoredChanges>;
}

/** The record that a write writes, and those that it refers to. */
export interface WritePlace {
  readonly record: string;
  readonly others?: readonly string[];
}

export interface StoredChanges {
  readonly put: readonly PendingWrite[];
  readonly removed: readonly string[];
  readonly mergedInto: string | undefined;
}

/** The last result of a query, encoded as the gateway sent it. */
export interface StoredResult {
  readonly user: string;
  /** The key of the query. */
  readonly query: string;
  /** The tables that it reads. */
  readonly tables: readonly string[];
  /** The content of the view, as the difference from an empty one. */
  readonly content: ViewChange;
  /** The keys of the pending writes that the content contains. */
  readonly contains: readonly string[];
  /** When it was stored, by the clock of this machine. */
  readonly at: number;
}

export interface ResultStorage {
  /** The last result of a query of this user. */
  read(user: string, query: string): Promise<StoredResult | undefined>;
  /** Stores results. The oldest ones of the user are removed beyond a limit. */
  save(results: readonly StoredResult[]): Promise<void>;
  /** When the user last had current data; undefined if never. */
  lastSynced(user: string): Promise<number | undefined>;
  /** Removes the results of everybody except this user. Without a user, of everybody. */
  removeOthers(user: string | undefined): Promise<void>;
  /** Shows each result of a user to `judge`, and removes those for which it returns false. */
  keep(user: string, judge: (result: StoredResult) => boolean): Promise<void>;
}
