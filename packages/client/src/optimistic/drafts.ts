import type { RecordId } from 'surrealdb';
import type { ViewNode } from '../live/view-store.ts';
import { followLinks } from './follow-links.ts';
import type { KnownRows } from './known-rows.ts';
import { type LocalRow, localRow } from './local-row.ts';
import { NodeDraft } from './node-draft.ts';
import type { NodeRules } from './node-rules.ts';
import type { PendingRecord, PendingRecords } from './pending-records.ts';
import { placeRows } from './place-rows.ts';

type Records = ReadonlyMap<string, PendingRecord>;
const NO_RECORDS: Records = new Map();

/** The changes of all nodes of a view, from the plan itself to the leaves: a row must be placed before those below it. */
export function draftsOf(
  nodes: readonly ViewNode[],
  rules: readonly NodeRules[],
  pending: PendingRecords,
  known: KnownRows,
): readonly NodeDraft[] {
  const drafts: NodeDraft[] = [];
  for (const [index, base] of nodes.entries()) {
    const own = rules[index];
    if (own === undefined) throw new RangeError(`The plan has no node ${index}.`);
    const { node } = own;
    const at = new NodeDraft(own, base);
    const above = drafts[node.parent];
    // A number is the gateway's: whether a record is counted is not known here for every record.
    const records = (node.count ? undefined : pending.get(node.plan.table)) ?? NO_RECORDS;
    const rowOf = (id: RecordId, key = String(id)): LocalRow | undefined =>
      localRow(nodes, node, { id, key }, records.get(key), known);
    if (above === undefined || node.many) placeRows(nodes, at, above, records, rowOf);
    else followLinks(at, above, records, rowOf);
    if (node.children.some(({ many }) => many) && hasUnreadRow(at, records)) at.isComplete = false;
    drafts.push(at);
  }
  return drafts;
}

/** Whether a row is new here that other rows may belong to. Those of a new record are all among the pending writes. */
function hasUnreadRow({ rows, base }: NodeDraft, records: Records): boolean {
  return [...rows.keys()].some((key) => {
    const change = records.get(key)?.change;
    return !base.rows.has(key) && (change?.kind !== 'created' || change.replaces);
  });
}
