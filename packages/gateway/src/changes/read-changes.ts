import type { Queries, Transaction } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { CHANGE_TABLE } from '../install/names.ts';
import { type Batch, continues, type Ledger, ledgerAt, type Reading } from './ledger.ts';
import { isQueryError } from './query-error.ts';
import type { Row } from './round-handler.ts';
import { ALL_BATCHES, batchesOf, entryOf, quickReadingOf, readingOf } from './statements.ts';

/**
 * A gateway that does not move entries may remember many until another one does. The engine compares each with every
 * entry of the inbox: 1.2 s for 2,000, 6 ms for 128.
 */
const QUICK_SEEN_MAX = 128;

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

/** A snapshot that was read without a transaction. */
export interface QuickSnapshot extends Snapshot {
  /** Whether the gateway's row was written. If anything is new, it was. */
  readonly isWritten: boolean;
}

/**
 * Reads what is new since the ledger's position, in one request, and writes the gateway's row.
 *
 * @param isStale whether the row must be written even if nothing is new
 * @returns undefined if too much is new or waits to be moved, or a row cannot be sent, or the position does not exist any
 *   more
 */
export async function readQuickly(
  queries: Queries,
  me: string,
  ledger: Ledger,
  sinceMs: number,
  isStale: boolean,
  onRan: (ms: number) => void,
): Promise<QuickSnapshot | undefined> {
  if (ledger.seen.size > QUICK_SEEN_MAX) return undefined;
  const seen = [...ledger.seen.keys()].map((key) => new RecordId(CHANGE_TABLE, key));
  let result: QuickResult;
  try {
    result = await queries.query<QuickResult>(
      quickReadingOf(me, ledger.position, sinceMs),
      { seen, isStale },
      { onRan },
    );
  } catch (error) {
    if (!isQueryError(error)) throw error;
    return undefined;
  }
  const { clock, last, entries, ids, rows, isWritten } = result;
  const batches = batchesOf([...last, ...result.batches]);
  if (entries === undefined || !continues(ledger, batches)) return undefined;
  return {
    clockMs: clock,
    reading: { batches, entries: entries.map(entryOf), isCut: false, isWhole: false },
    ledger,
    isNew: false,
    rows: rowsOf({ ids, rows }),
    isWritten,
  };
}

interface QuickResult extends SmallInbox {
  readonly clock: number;
  readonly isWritten: boolean;
  /** The batch at the ledger's position, without its entries, and those after it. */
  readonly last: readonly unknown[];
  readonly batches: readonly unknown[];
  readonly entries: readonly unknown[] | undefined;
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
