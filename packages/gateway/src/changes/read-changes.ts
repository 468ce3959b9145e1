import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { type Batch, continues, type Ledger, ledgerAt, type Reading } from './ledger.ts';
import { isQueryError } from './query-error.ts';
import type { Row } from './round-handler.ts';
import { ALL_BATCHES, batchesOf, entryOf, readingOf } from './statements.ts';

export interface Snapshot {
  /** The database's time, in milliseconds since 1970. */
  readonly clockMs: number;
  readonly reading: Reading;
  /**
   * The ledger that the reading continues: the given one, or a new one if the given position does not exist in this
   * database.
   */
  readonly ledger: Ledger;
  readonly isNew: boolean;
  /** As RoundChanges.rows. Filled for a small inbox only. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
}

/** Reads what changed since the ledger's position, in the transaction's snapshot. */
export async function readChanges(
  transaction: Transaction,
  known: Ledger | undefined,
  sinceMs: number | undefined,
  limit: number,
): Promise<Snapshot> {
  const read = async (position: number): Promise<Result> => {
    const text = readingOf(position, sinceMs, limit);
    try {
      return await transaction.queryAll<Result>(text.withRows);
    } catch (error) {
      // A row that cannot be sent in an answer must not keep the other changes from being shown.
      if (!isQueryError(error)) throw error;
      return await transaction.queryAll<Result>(text.alone);
    }
  };
  const snapshotOf = ([clockMs, batchRows, , entryRows, small]: Result) => ({
    clockMs,
    reading: {
      batches: batchesOf(batchRows),
      entries: entryRows.map(entryOf),
      isCut: entryRows.length >= limit,
      isWhole: sinceMs === undefined,
    },
    rows: rowsOf(small),
  });
  if (known !== undefined) {
    const snapshot = snapshotOf(await read(known.position));
    if (continues(known, snapshot.reading.batches)) return { ...snapshot, ledger: known, isNew: false };
  }
  const ledger = ledgerAt(await lastBatch(transaction));
  return { ...snapshotOf(await read(ledger.position)), ledger, isNew: true };
}

type Result = [clockMs: number, batches: unknown[], none: unknown, entries: unknown[], small?: SmallInbox];

interface SmallInbox {
  readonly ids: readonly unknown[];
  /** Has an undefined item for each id that is NONE. */
  readonly rows: readonly ({ readonly id: RecordId } | undefined)[];
}

function rowsOf({ ids, rows }: SmallInbox = { ids: [], rows: [] }): Map<string, Row | undefined> {
  const found = new Map<string, Row | undefined>(ids.map((id) => [String(id), undefined]));
  for (const row of rows) if (row) found.set(String(row.id), { ...row });
  return found;
}

async function lastBatch(transaction: Transaction): Promise<Batch | undefined> {
  const rows = await transaction.query<unknown[]>(ALL_BATCHES);
  return batchesOf(rows)
    .sort((a, b) => a.number - b.number)
    .at(-1);
}
