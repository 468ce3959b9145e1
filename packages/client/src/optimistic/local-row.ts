import { UNKNOWN } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { type PlanNode, showsField } from '../live/plan-nodes.ts';
import type { RowFields, ViewNode } from '../live/view-store.ts';
import { type KnownRow, type KnownRows, valueIn } from './known-rows.ts';
import type { PendingRecord, WrittenFields } from './pending-records.ts';

/** A row of a node, as the pending writes leave it. */
export interface LocalRow {
  readonly key: string;
  /** What the row shows, without related rows. */
  readonly fields: RowFields;
  /** Also of fields that the row does not show. UNKNOWN if nothing tells. */
  read(field: string): unknown;
}

/**
 * The row of a record in a node.
 *
 * The values come from the first that has them: later updates, this node's row, other views, the pending create. So a
 * record that the gateway has already sent has the gateway's values, not those that the create has guessed.
 *
 * @param nodes the view
 * @param key the text of the id
 * @param record undefined: no write touches the record
 * @returns undefined if the record is deleted, or if a field that the node shows is not known
 */
export function localRow(
  nodes: readonly ViewNode[],
  node: PlanNode,
  { id, key }: { readonly id: RecordId; readonly key: string },
  record: PendingRecord | undefined,
  known: KnownRows,
): LocalRow | undefined {
  const change = record?.change;
  if (change?.kind === 'deleted') return undefined;
  const updates = change?.updates;
  const created = change?.kind === 'created' ? change.fields : undefined;
  const isReplaced = change?.kind === 'created' && change.replaces;
  const here = isReplaced ? undefined : nodes[node.index]?.rows.get(key)?.fields;
  const elsewhere = (): KnownRow | undefined => (isReplaced ? undefined : known(node.plan.table, key));
  const read = (field: string): unknown => {
    if (field === 'id') return id;
    if (updates?.has(field) === true) return updates.get(field);
    const own = here === undefined ? UNKNOWN : valueIn(nodes, node.index, key, field);
    if (own !== UNKNOWN) return own;
    const other = elsewhere();
    const value = other === undefined ? UNKNOWN : other.read(field);
    if (value !== UNKNOWN) return value;
    return created?.has(field) === true ? created.get(field) : UNKNOWN;
  };
  if (here !== undefined) return { key, fields: changed(here, node, updates), read };
  const names = namesOf(node, created, elsewhere()?.names, updates);
  if (names === undefined) return undefined;
  // The gateway has not sent the fields of a new record, so nothing can be missed.
  if (created === undefined && names.some((name) => read(name) === UNKNOWN)) return undefined;
  return {
    key,
    // Read only if the row is shown: a list with a limit shows few of many new ones.
    get fields() {
      const values = names.map((name) => [name, read(name)] as const);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== UNKNOWN));
    },
    read,
  };
}

function changed(fields: RowFields, node: PlanNode, updates: WrittenFields | undefined): RowFields {
  const shown = [...(updates ?? [])].filter(([name]) => showsField(node, name));
  if (shown.length === 0) return fields;
  const all = new Map([...Object.entries(fields), ...shown]);
  return Object.fromEntries([...all].filter(([, value]) => value !== undefined));
}

/** The fields that a row shows which the view does not have; undefined if it is not known which they are. */
function namesOf(
  node: PlanNode,
  created: WrittenFields | undefined,
  elsewhere: readonly string[] | undefined,
  updates: WrittenFields | undefined,
): readonly string[] | undefined {
  const { select } = node.plan;
  const names = select ?? (created === undefined ? elsewhere : [...created.keys(), ...(elsewhere ?? [])]);
  if (names === undefined) return undefined;
  const all = new Set(['id', ...names, ...(select === undefined ? (updates?.keys() ?? []) : [])]);
  return [...all].filter((name) => showsField(node, name));
}
