import type { RecordId } from 'surrealdb';
import type { RerunReason } from '../../observe/view-meters.ts';
import type { Change } from '../maintain/change.ts';
import type { RoundRecords } from '../maintain/followed-records.ts';
import type { Registry } from '../registry.ts';
import type { View } from '../view.ts';
import type { Changed } from './read-changed.ts';

/** Whether rounds read the view and it has subscriptions. */
export const isReadInRounds = ({ compiled, isBroken, subscriptions }: View): boolean =>
  compiled.live.kind === 'exact' && !isBroken && subscriptions.size > 0;

/** What changes may alter: only views that are shown. A failed view is read again at its own time. */
export interface Affected {
  /** Views to maintain, each with the changes that may affect it. */
  readonly changed: Map<View, Change[]>;
  /** Views to read again, because it is not known what changed. */
  readonly reruns: Map<View, RerunReason>;
}

/** @param ids all changed rows, also those of tables that nobody watches */
export function affectedBy(
  { changes, unread }: Changed,
  ids: readonly RecordId[],
  registry: Registry,
  records: RoundRecords,
): Affected {
  const changed = new Map<View, Change[]>();
  const reruns = new Map<View, RerunReason>();
  const isShown = ({ status }: View): boolean => status.kind === 'shown';
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
