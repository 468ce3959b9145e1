import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';

/** What changed between the last round and this one. */
export interface RoundChanges {
  readonly round: number;
  /** The number of the last batch that is part of this state of the database. */
  readonly position: number;
  readonly ids: readonly RecordId[] | 'reset';
  /** Whether the round read the whole inbox, not only its recent part. */
  readonly isWhole: boolean;
  /**
   * Whether an entry was found later than the recent part of the inbox shows, so that an earlier round may have read a
   * row of `ids` in its present form without knowing that it had changed.
   */
  readonly hasLate: boolean;
  /**
   * The rows of `ids` that were read together with the inbox, by `String(id)`. The value is undefined for a deleted
   * row.
   */
  readonly rows: ReadonlyMap<string, Row | undefined>;
}

export type Row = Readonly<Record<string, unknown>>;

/** The result of reading views in a round. */
export interface RoundResult {
  /**
   * Whether `publish` sends or keeps what the round has read. If so, the round must commit before `publish` is called.
   */
  readonly mustCommit: boolean;
  /**
   * Sends the result to the sockets. Called after the commit is acknowledged, or at once if there is nothing to commit.
   * Must not throw.
   */
  publish(): void;
}

/** What a round calls to bring the views up to date. Nothing changes until `publish`. */
export interface RoundHandler {
  /** Whether the round must read in a transaction, whatever has changed. */
  mustRead(round: number): boolean;
  /** Shows changes without reading anything; undefined if the round must read in a transaction. */
  show(changes: RoundChanges): RoundResult | undefined;
  /** Reads views in the round's transaction. Called again for the same round if the transaction is lost. */
  read(transaction: Transaction, changes: RoundChanges): Promise<RoundResult>;
}
