import type { Transaction } from '@spookify/surreal-link';
import { type Batch, continues, type Ledger, ledgerAt, type Reading } from './ledger.ts';
import { ALL_BATCHES, batchesOf, entryOf, readingOf } from './statements.ts';

export interface Snapshot {
  /** The database's clock, in milliseconds. */
  readonly clockMs: number;
  readonly reading: Reading;
  /** What the reading continues: the given ledger, or a new one if that was no place of this database. */
  readonly ledger: Ledger;
  readonly isNew: boolean;
}

/** Reads what changed since the ledger, as of the transaction's moment. */
export async function readChanges(
  transaction: Transaction,
  known: Ledger | undefined,
  sinceMs: number | undefined,
  limit: number,
): Promise<Snapshot> {
  const read = (position: number) =>
    transaction.queryAll<[number, unknown[], unknown[]]>(readingOf(position, sinceMs, limit));
  const snapshotOf = ([clockMs, batchRows, entryRows]: [number, unknown[], unknown[]]) => ({
    clockMs,
    reading: {
      batches: batchesOf(batchRows),
      entries: entryRows.map(entryOf),
      isCut: entryRows.length >= limit,
      isWhole: sinceMs === undefined,
    },
  });
  if (known !== undefined) {
    const snapshot = snapshotOf(await read(known.position));
    if (continues(known, snapshot.reading.batches)) return { ...snapshot, ledger: known, isNew: false };
  }
  const ledger = ledgerAt(await lastBatch(transaction));
  return { ...snapshotOf(await read(ledger.position)), ledger, isNew: true };
}

async function lastBatch(transaction: Transaction): Promise<Batch | undefined> {
  const rows = await transaction.query<unknown[]>(ALL_BATCHES);
  return batchesOf(rows)
    .sort((a, b) => a.number - b.number)
    .at(-1);
}
