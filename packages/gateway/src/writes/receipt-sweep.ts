import type { Queries } from '@spookify/surreal-link';
import { Duration } from 'surrealdb';
import { RECEIPT_TABLE } from '../install/names.ts';
import type { LIMITS } from '../limits.ts';

/*
 * Deletes receipts that are too old to be asked for. Every gateway deletes portions until it finds no full one. If two
 * gateways take the same portion, one of them loses the conflict and takes another one.
 */

// Index: spooky_receipt_made_at. The engine uses it only if the bound is a value and not an expression.
const DELETE_OLD = `
  LET $until = time::now() - $keep;
  LET $old = (SELECT VALUE id FROM ${RECEIPT_TABLE} WHERE made_at < $until LIMIT $portion);
  DELETE $old RETURN NONE;
  RETURN array::len($old);`;

export type ReceiptLimits = { readonly [Name in keyof (typeof LIMITS)['receipts']]: number };

/**
 * @param limits how long receipts are kept, in milliseconds, how many are deleted at a time, and how often in a row
 * @param onDeleted called with the number of each portion
 */
export async function sweepReceipts(
  database: Queries,
  { keepMs, sweepPortion, sweepPortions }: Omit<ReceiptLimits, 'sweepMs'>,
  onDeleted: (count: number) => void,
): Promise<void> {
  const bindings = { keep: Duration.milliseconds(keepMs), portion: sweepPortion };
  for (let portion = 0; portion < sweepPortions; portion += 1) {
    const deleted = await database.query<number>(DELETE_OLD, bindings);
    onDeleted(deleted);
    if (deleted < sweepPortion) return;
  }
}
