/*
 * The receipt of a write says that it was made. It is created first in the transaction of the write, under the user and
 * the key of the write. A repeat therefore fails before it changes anything, also if both run at once on two gateways,
 * and is answered from the receipt.
 */
import { createHash } from 'node:crypto';
import type { Queries } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { RECEIPT_TABLE } from '../install/names.ts';
import { VALUE_MAX_DEPTH } from '../wire/limits.ts';
import { badWrite } from './check-values.ts';

export interface Receipt {
  readonly id: RecordId;
  /** Distinguishes the write from all others. */
  readonly write: string;
}

/**
 * @param wire the write as JSON that a browser sent
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE if it is nested too deeply
 */
export function receiptOf(user: RecordId, key: string, wire: unknown): Receipt {
  const write = createHash('sha256')
    .update(JSON.stringify(sorted(wire, 0)))
    .digest('base64url');
  return { id: new RecordId(RECEIPT_TABLE, [user, key]), write };
}

/**
 * The row that the write of this receipt has written. A `run` with a unique key may have returned a job with another id
 * than its own.
 *
 * @returns undefined if the write was not made
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE if the key belongs to another write
 */
export async function writtenRow(engine: Queries, { id, write }: Receipt): Promise<RecordId | undefined> {
  const stored = await engine.query<{ write: string; row: RecordId } | null>(`SELECT write, row FROM ONLY $receipt`, {
    receipt: id,
  });
  if (stored?.write !== undefined && stored.write !== write) {
    throw badWrite('key: another write was made with this key; choose a new key for every write.');
  }
  return stored?.row;
}

/** The same JSON with the members of all objects in order. A program may assemble a write again. */
function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // The write and its fields are objects around the values.
  if (depth > VALUE_MAX_DEPTH + 2)
    throw badWrite(`A value is nested more than ${VALUE_MAX_DEPTH} levels deep; flatten it.`);
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1));
  const names = Object.keys(value).sort();
  return names.map((name) => [name, sorted(Object(value)[name], depth + 1)]);
}
