/*
 * Applies the pending writes to a relation to one: the rows that are linked to, and the links of changed parent rows.
 */
import { UNKNOWN } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import type { LocalRow } from './local-row.ts';
import type { NodeDraft } from './node-draft.ts';
import type { PendingRecord } from './pending-records.ts';

/**
 * @param above the draft of the parent node, with its writes applied
 * @param records the changed records of the node's table
 * @param rowOf a row as the writes leave it; undefined if it is deleted or cannot be shown
 */
export function followLinks(
  at: NodeDraft,
  above: NodeDraft,
  records: Iterable<readonly [key: string, record: PendingRecord]>,
  rowOf: (id: RecordId, key?: string) => LocalRow | undefined,
): void {
  const { base, rules } = at;
  for (const [key, { id }] of records) {
    const known = base.rows.get(key);
    if (known === undefined) continue;
    const row = rowOf(id, key);
    if (row !== undefined) at.rows.set(key, row);
    else for (const parent of known.parents) at.list(parent).cut(0);
  }
  for (const [parent, row] of above.rows) {
    const link = row.read(rules.node.field);
    if (link === UNKNOWN) {
      if (!base.lists.has(parent)) at.isComplete = false;
      continue;
    }
    const target = link instanceof RecordId ? String(link) : undefined;
    if (target === base.lists.get(parent)?.keys[0]) continue;
    const list = at.list(parent);
    list.cut(0);
    if (target === undefined || !(link instanceof RecordId)) continue;
    const linked = at.rows.get(target) ?? rowOf(link);
    if (linked === undefined) {
      at.isComplete = false;
      continue;
    }
    at.rows.set(target, linked);
    list.place(0, target);
  }
}
