import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
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
  registry: Registry,
): Promise<Set<View>> {
  const touched = new Set<View>();
  const watched = ids.filter((id) => registry.isWatched(id.table.name));
  if (watched.length > ROWS_READ_MAX) {
    for (const table of new Set(watched.map((id) => id.table.name))) {
      for (const view of registry.viewsOf(table)) if (view.status.kind === 'shown') touched.add(view);
    }
  } else {
    for (const change of await readChanged(transaction, watched)) {
      for (const view of registry.candidates(change)) {
        if (!touched.has(view) && isTouched(view, change)) touched.add(view);
      }
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

async function readChanged(transaction: Transaction, ids: readonly RecordId[]): Promise<Change[]> {
  if (ids.length === 0) return [];
  const rows = await transaction.query<{ readonly id: RecordId }[]>('SELECT * FROM $ids', { ids });
  const byKey = new Map(rows.map((row) => [String(row.id), row]));
  return ids.map((id) => {
    const key = String(id);
    return { id, key, row: byKey.get(key) };
  });
}
