/*
 * Applies the pending writes to the lists of one node: of the plan itself, or of a relation to many.
 *
 *   each record ─▶ taken out of its list, or kept in its place ─▶ those that belong elsewhere are placed ─▶ lists are cut
 *
 * A list shows a window: rows before its first one (with an offset) and after its last one (with a limit) are not known.
 * A new row is therefore placed only between rows of the window. A row that leaves the window in the order, but still
 * belongs to the list, stays at its end: only the gateway knows which row takes its place.
 */
import { equalValues, orderOfValues, UNKNOWN } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { NONE, type ViewNode } from '../live/view-store.ts';
import { valueIn } from './known-rows.ts';
import type { LocalRow } from './local-row.ts';
import type { NodeDraft } from './node-draft.ts';
import { type NodeRules, satisfies } from './node-rules.ts';
import type { PendingRecord } from './pending-records.ts';

interface Placement {
  readonly row: LocalRow;
  readonly parent: string;
  /** Whether the row is in the same list without the writes. */
  readonly isHere: boolean;
  readonly isNew: boolean;
}

/**
 * @param nodes the view
 * @param above the draft of the parent node, with its writes applied; undefined for the plan itself
 * @param rowOf the row as the writes leave it; undefined if it is deleted or cannot be shown
 */
export function placeRows(
  nodes: readonly ViewNode[],
  at: NodeDraft,
  above: NodeDraft | undefined,
  records: Iterable<readonly [key: string, record: PendingRecord]>,
  rowOf: (id: RecordId, key: string) => LocalRow | undefined,
): void {
  const placements: Placement[] = [];
  for (const [key, record] of records) {
    const [before] = at.base.rows.get(key)?.parents ?? NONE;
    const row = rowOf(record.id, key);
    const parent = row === undefined ? undefined : parentOf(at.rules, above, row);
    const isNew = record.change.kind === 'created';
    // What is not known keeps a row where it is, and lets a new one in.
    const isMember = (): boolean =>
      row !== undefined && (satisfies(at.rules, row.read) ?? (before !== undefined || isNew));
    if (row === undefined || parent === undefined || !isMember()) {
      if (before !== undefined) at.list(before).take(key);
      continue;
    }
    at.rows.set(key, row);
    const isHere = before === parent;
    if (isHere && isSamePlace(nodes, at.rules, row)) continue;
    if (before !== undefined) at.list(before).take(key);
    placements.push({ row, parent, isHere, isNew });
  }
  for (const placement of placements) place(nodes, at, placement);
  for (const list of at.lists.values()) list.cut(at.rules.count);
  // A new row that the window does not show needs nothing further.
  for (const { row, parent } of placements) {
    if (!at.base.rows.has(row.key) && !at.lists.get(parent)?.has(row.key)) at.rows.delete(row.key);
  }
}

/** The key of the parent that a row belongs to; undefined if that parent is not shown. */
function parentOf({ node }: NodeRules, above: NodeDraft | undefined, row: LocalRow): string | undefined {
  if (above === undefined) return '';
  const link = row.read(node.field);
  const key = link instanceof RecordId ? String(link) : undefined;
  return key !== undefined && above.has(key) ? key : undefined;
}

/** Whether the row sorts where it is. True as well if a field that decides this is not known here. */
function isSamePlace(nodes: readonly ViewNode[], { node, order }: NodeRules, row: LocalRow): boolean {
  for (const { field } of order) {
    const before = valueIn(nodes, node.index, row.key, field);
    if (before === UNKNOWN) return true;
    if (equalValues(before, row.read(field)) === false) return false;
  }
  return true;
}

function place(nodes: readonly ViewNode[], at: NodeDraft, { row, parent, isHere, isNew }: Placement): void {
  const { rules, base } = at;
  const sorting = { nodes, rules, row, isNew };
  if (!isHere && !isInWindow(sorting, base.lists.get(parent)?.keys ?? NONE)) return;
  const list = at.list(parent);
  const keys = list.keys;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = keys[middle] ?? '';
    // A row that was placed stands where its new values belong, every other one where the gateway has put it.
    const isPlaced = at.homes.has(key);
    if (isBefore(sorting, key, isPlaced ? at.rows.get(key) : undefined)) high = middle;
    else low = middle + 1;
  }
  list.place(low, row.key);
  // Nothing is taken out any more, so what is beyond the window never comes back.
  list.cut(rules.count);
  at.homes.set(row.key, parent);
}

interface Sorting {
  readonly nodes: readonly ViewNode[];
  readonly rules: NodeRules;
  readonly row: LocalRow;
  readonly isNew: boolean;
}

/** Whether a row that is new in a list belongs between the rows that the list has without the writes. */
function isInWindow(sorting: Sorting, keys: readonly string[]): boolean {
  const { isNew, rules } = sorting;
  const { count, offset } = rules;
  const [first] = keys;
  // Whether a row comes from the skipped ones or from those that follow is only certain for a new record: from neither.
  if (offset > 0 && (!isNew || first === undefined || isBefore(sorting, first))) return false;
  const last = keys.at(-1);
  return keys.length < count || (last !== undefined && isBefore(sorting, last));
}

/**
 * Whether the row sorts before another one of the list. If this is not known, a new record is first in a descending
 * order, as most of these are by time, and every other row is last.
 */
function isBefore({ nodes, rules: { node, order }, row, isNew }: Sorting, other: string, moved?: LocalRow): boolean {
  for (const { field, descending } of order) {
    const found = moved === undefined ? valueIn(nodes, node.index, other, field) : moved.read(field);
    const compared = orderOfValues(row.read(field), found);
    if (compared === undefined) return isNew && descending;
    if (compared !== 0) return compared < 0 !== descending;
  }
  return false;
}
