import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';

/** What one round saw. */
export interface RoundChanges {
  readonly round: number;
  /** The last batch in this state of the database. */
  readonly position: number;
  readonly ids: readonly RecordId[] | 'reset';
  /** The whole inbox was read, not only its recent part. */
  readonly isWhole: boolean;
  /** Rows of `ids` that were read with the inbox, by `String(id)`; undefined for one that is gone. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
}

export type Row = Readonly<Record<string, unknown>>;

/** What a round's reading came to. */
export interface Shown {
  /** Something was read in the transaction that will be published, so the transaction must be committed before. */
  readonly mustCommit: boolean;
  /** Called once the commit was acknowledged, or at once if there is nothing to commit. Must not throw. */
  publish(): void;
}

/** Who rounds are made for. */
export interface Audience {
  /** Reads in the round's transaction. May be called again for the same round, if the transaction was lost. */
  read(transaction: Transaction, changes: RoundChanges): Promise<Shown>;
}
