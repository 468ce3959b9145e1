/* The rows that a round's changes name, as far as somebody shows rows of their tables. */
import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { isQueryError } from '../../changes/query-error.ts';
import type { RoundChanges, Row } from '../../changes/round-handler.ts';
import { type Change, changeOf } from '../maintain/change.ts';
import type { Registry } from '../registry.ts';

/** Above this many rows, reading the rows costs more than reading the views of their tables. */
const ROWS_READ_MAX = 2_000;

export interface Changed {
  readonly changes: readonly Change[];
  /** Rows whose new content is unknown: they are too many, or cannot be sent in an answer. */
  readonly unread: readonly RecordId[];
}

/** The changes if all their rows were read with the inbox; otherwise undefined. */
export function knownChanges({ ids, rows }: RoundChanges, registry: Registry): Changed | undefined {
  if (ids === 'reset') return undefined;
  const watched = ids.filter((id) => registry.hasViewsOf(id.table.name));
  if (!watched.every((id) => rows.has(String(id)))) return undefined;
  return { changes: watched.map((id) => changeOf(id, rows.get(String(id)))), unread: [] };
}

/** Reads the rows that were not read with the inbox. */
export async function readChanged(
  transaction: Transaction,
  { ids, rows }: RoundChanges,
  registry: Registry,
): Promise<Changed> {
  const watched = ids === 'reset' ? [] : ids.filter((id) => registry.hasViewsOf(id.table.name));
  if (watched.length > ROWS_READ_MAX) return { changes: [], unread: watched };
  const read = await readRows(
    transaction,
    watched.filter((id) => !rows.has(String(id))),
  );
  const unread = new Set(read.unread.map(String));
  const changes = watched
    .filter((id) => !unread.has(String(id)))
    .map((id) => changeOf(id, rows.get(String(id)) ?? read.rows.get(String(id))));
  return { changes, unread: read.unread };
}

interface ReadRows {
  readonly rows: ReadonlyMap<string, Row>;
  readonly unread: readonly RecordId[];
}

/**
 * Reads rows as they are in the round. One unreadable row fails the whole answer; it is found by splitting the ids in halves.
 */
export async function readRows(transaction: Transaction, ids: readonly RecordId[]): Promise<ReadRows> {
  if (ids.length === 0) return { rows: new Map(), unread: [] };
  try {
    const rows = await transaction.query<{ readonly id: RecordId }[]>('SELECT * FROM $ids', { ids });
    return { rows: new Map(rows.map((row) => [String(row.id), { ...row }])), unread: [] };
  } catch (error) {
    if (!isQueryError(error)) throw error;
    if (ids.length === 1) return { rows: new Map(), unread: ids };
  }
  const half = Math.ceil(ids.length / 2);
  const first = await readRows(transaction, ids.slice(0, half));
  const second = await readRows(transaction, ids.slice(half));
  return { rows: new Map([...first.rows, ...second.rows]), unread: [...first.unread, ...second.unread] };
}
