import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { isQueryError } from '../../changes/query-error.ts';
import type { RoundChanges, Row } from '../../changes/round-handler.ts';
import type { Registry } from '../registry.ts';
import type { View } from '../view.ts';
import { type Change, mayAffect } from './may-affect.ts';

/** Above this many rows, reading the rows costs more than reading the views of their tables. */
const ROWS_READ_MAX = 2_000;

/** Whether rounds read the view and it has subscriptions. */
export const isReadInRounds = ({ compiled, isBroken, subscriptions }: View): boolean =>
  compiled.live.kind === 'exact' && !isBroken && subscriptions.size > 0;

/** The shared views that changes may alter, except views that were never read. */
export async function affectedViews(
  transaction: Transaction,
  ids: readonly RecordId[],
  rows: RoundChanges['rows'],
  registry: Registry,
): Promise<Set<View>> {
  const affected = new Set<View>();
  const watched = ids.filter((id) => registry.hasViewsOf(id.table.name));
  const isTooMany = watched.length > ROWS_READ_MAX;
  const { changes, unread } = isTooMany
    ? { changes: [], unread: watched }
    : await readChanged(transaction, watched, rows);
  for (const table of new Set(unread.map((id) => id.table.name))) {
    for (const view of registry.viewsOf(table)) if (view.status.kind === 'shown') affected.add(view);
  }
  for (const change of changes) {
    for (const view of registry.candidates(change)) {
      if (!affected.has(view) && isAffected(view, change)) affected.add(view);
    }
  }
  // A permission that reads the reader's record sets `readsReader` on its node. Touching all views of that reader is a
  // safeguard if one did not.
  for (const id of ids) {
    for (const { byView } of registry.socketsOf(String(id))) {
      for (const view of byView.keys()) if (view.status.kind === 'shown') affected.add(view);
    }
  }
  return affected;
}

/** A failed view has no state to compare with; it is read again at its own time. */
function isAffected({ status, compiled }: View, change: Change): boolean {
  return status.kind === 'shown' && mayAffect(compiled, status.state, change);
}

interface Changed {
  readonly changes: readonly Change[];
  /** Rows that cannot be sent in an answer, so their new content is unknown. */
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

/** One unreadable row fails the whole answer. It is found by splitting the ids in halves. */
async function readRows(transaction: Transaction, ids: readonly RecordId[]): Promise<ReadRows> {
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
