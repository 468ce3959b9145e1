import type { Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { isQueryError } from '../../changes/query-error.ts';
import type { RoundChanges, Row } from '../../changes/round-handler.ts';
import type { RerunReason } from '../../observe/view-meters.ts';
import { type Change, changeOf } from '../maintain/change.ts';
import type { RoundRecords } from '../maintain/followed-records.ts';
import type { Registry } from '../registry.ts';
import type { View } from '../view.ts';

/** Above this many rows, reading the rows costs more than reading the views of their tables. */
const ROWS_READ_MAX = 2_000;

/** Whether rounds read the view and it has subscriptions. */
export const isReadInRounds = ({ compiled, isBroken, subscriptions }: View): boolean =>
  compiled.live.kind === 'exact' && !isBroken && subscriptions.size > 0;

/** What changes may alter: only shared views that are shown. A failed view is read again at its own time. */
export interface AffectedViews {
  /** Views to maintain, each with the changes that may affect it. */
  readonly changed: Map<View, Change[]>;
  /** Views to read again, because it is not known what changed. */
  readonly reruns: Map<View, RerunReason>;
}

export async function affectedViews(
  transaction: Transaction,
  ids: readonly RecordId[],
  rows: RoundChanges['rows'],
  registry: Registry,
  records: RoundRecords,
): Promise<AffectedViews> {
  const changed = new Map<View, Change[]>();
  const reruns = new Map<View, RerunReason>();
  const isShown = ({ status }: View): boolean => status.kind === 'shown';
  const watched = ids.filter((id) => registry.hasViewsOf(id.table.name));
  const isTooMany = watched.length > ROWS_READ_MAX;
  const { changes, unread } = isTooMany
    ? { changes: [], unread: watched }
    : await readChanged(transaction, watched, rows);
  for (const id of ids) if (records.isFollowed(id.table.name)) records.forget(String(id));
  for (const { table, key, row } of changes) if (records.isFollowed(table)) records.stage(table, key, row);
  for (const table of new Set(unread.map((id) => id.table.name))) {
    for (const view of registry.viewsOf(table)) if (isShown(view)) reruns.set(view, 'unread');
  }
  for (const change of changes) {
    for (const view of registry.candidates(change)) {
      if (!isShown(view)) continue;
      const known = changed.get(view);
      if (known === undefined) changed.set(view, [change]);
      else known.push(change);
    }
  }
  // A permission that reads the reader's record sets `readsReader` on its node. Reading all views of that reader is a
  // safeguard if one did not.
  for (const id of ids) {
    for (const { byView } of registry.socketsOf(String(id))) {
      for (const view of byView.keys()) if (isShown(view)) reruns.set(view, 'reader');
    }
  }
  return { changed, reruns };
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
    .filter((id) => !unread.has(String(id)))
    .map((id) => changeOf(id, rows.get(String(id)) ?? read.rows.get(String(id))));
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
