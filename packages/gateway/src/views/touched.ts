import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { RoundChanges, Row } from '../changes/audience.ts';
import { isRefusedText } from '../changes/refused-text.ts';
import { type Change, concerns } from './concerns.ts';
import type { Registry } from './registry.ts';
import type { View } from './view.ts';

/** Above so many rows, reading them costs more than reading the views of their tables. */
const ROWS_READ_MAX = 2_000;

/** Whether rounds read it, and it is worth reading. */
export const isReadInRounds = ({ compiled, isBroken, holders }: View): boolean =>
  compiled.live.kind === 'exact' && !isBroken && holders.size > 0;

/** The shared views that changes may alter. Views that were never read are not among them. */
export async function touchedViews(
  transaction: Transaction,
  ids: readonly RecordId[],
  rows: RoundChanges['rows'],
  registry: Registry,
): Promise<Set<View>> {
  const touched = new Set<View>();
  const watched = ids.filter((id) => registry.isWatched(id.table.name));
  const isTooMany = watched.length > ROWS_READ_MAX;
  const { changes, unread } = isTooMany
    ? { changes: [], unread: watched }
    : await readChanged(transaction, watched, rows);
  for (const table of new Set(unread.map((id) => id.table.name))) {
    for (const view of registry.viewsOf(table)) if (view.status.kind === 'shown') touched.add(view);
  }
  for (const change of changes) {
    for (const view of registry.candidates(change)) {
      if (!touched.has(view) && isTouched(view, change)) touched.add(view);
    }
  }
  // A view says if its permissions read the reader's record (readsReader); this holds even if it were wrong.
  for (const id of ids) {
    for (const { holdings } of registry.socketsOf(String(id))) {
      for (const view of holdings.keys()) if (view.status.kind === 'shown') touched.add(view);
    }
  }
  return touched;
}

/** Nothing is known of what a failed view would show; it is read again at its time. */
function isTouched({ status, compiled }: View, change: Change): boolean {
  return status.kind === 'shown' && concerns(compiled, status.state, change);
}

interface Changed {
  readonly changes: readonly Change[];
  /** Rows that have no form in an answer; anything may have become of them. */
  readonly unread: readonly RecordId[];
}

async function readChanged(
  transaction: Transaction,
  ids: readonly RecordId[],
  rows: RoundChanges['rows'],
): Promise<Changed> {
  const missing = ids.filter((id) => !rows.has(String(id)));
  const read = await readRows(transaction, missing);
  const unread = new Set(read.unread.map(String));
  const changes = ids
    .map((id) => ({ id, key: String(id) }))
    .filter(({ key }) => !unread.has(key))
    .map(({ id, key }) => ({ id, key, row: rows.get(key) ?? read.rows.get(key) }));
  return { changes, unread: read.unread };
}

interface ReadRows {
  readonly rows: ReadonlyMap<string, Row>;
  readonly unread: readonly RecordId[];
}

/** One row that cannot be read makes the whole answer fail, and is found by halves. */
async function readRows(transaction: Transaction, ids: readonly RecordId[]): Promise<ReadRows> {
  if (ids.length === 0) return { rows: new Map(), unread: [] };
  try {
    const rows = await transaction.query<{ readonly id: RecordId }[]>('SELECT * FROM $ids', { ids });
    return { rows: new Map(rows.map((row) => [String(row.id), { ...row }])), unread: [] };
  } catch (error) {
    if (!isRefusedText(error)) throw error;
    if (ids.length === 1) return { rows: new Map(), unread: ids };
  }
  const half = Math.ceil(ids.length / 2);
  const first = await readRows(transaction, ids.slice(0, half));
  const second = await readRows(transaction, ids.slice(half));
  return { rows: new Map([...first.rows, ...second.rows]), unread: [...first.unread, ...second.unread] };
}
