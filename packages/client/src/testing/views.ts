import { encodeValue, type ViewChange, type WirePlan, type WireRow } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { nodesOf, type PlanNode } from '../live/plan-nodes.ts';
import { ViewStore } from '../live/view-store.ts';
import { knownRows } from '../optimistic/known-rows.ts';
import { Overlay } from '../optimistic/overlay.ts';
import { type LocalWrite, pendingRecords } from '../optimistic/pending-records.ts';

/** Views with given results, and what they show with writes. */

type Row = Readonly<Record<string, unknown>>;

/** A view that shows this result. */
export function viewOf(plan: WirePlan, result: unknown): ViewStore {
  const rows: ViewChange['rows'][number][] = [];
  const lists: ViewChange['lists'][number][] = [];
  const visit = (node: PlanNode, parent: string, shown: unknown): void => {
    const items = (node.single ? [shown].filter((row) => row !== null) : shown) as readonly Row[];
    lists.push([node.index, parent, [[0, 0, items.map(({ id }) => String(id))]]]);
    for (const item of items) {
      const fields = Object.entries(item).filter(([name]) => node.children.every((child) => child.name !== name));
      const row = encodeValue(Object.fromEntries(fields)) as WireRow;
      rows.push([node.index, String(item.id), JSON.stringify(row), row]);
      for (const child of node.children) visit(child, String(item.id), item[child.name]);
    }
  };
  const [root] = nodesOf(plan);
  if (root !== undefined) visit(root, '', result);
  const store = new ViewStore(plan);
  store.replace({ rows, lists });
  return store;
}

/**
 * The result of a view with writes.
 *
 * @param others views of the same page
 */
export function resultWith(store: ViewStore, plan: WirePlan, writes: readonly LocalWrite[], others: ViewStore[] = []) {
  return new Overlay(plan).result(store, pendingRecords(writes), knownRows([store, ...others]));
}

/** An id from its text, such as `thread:a`. */
export function idOf(text: string): RecordId {
  const [table = '', key = ''] = text.split(':');
  return new RecordId(table, key);
}

export const create = (id: string, fields: Row = {}): LocalWrite => writeOf('create', id, fields);
export const update = (id: string, fields: Row): LocalWrite => writeOf('update', id, fields);
export const remove = (id: string): LocalWrite => writeOf('delete', id, {});

function writeOf(kind: LocalWrite['kind'], id: string, fields: Row): LocalWrite {
  return { kind, id: idOf(id), key: id, fields: new Map(Object.entries(fields)) };
}

/** The keys of the rows of a list. */
export function keysOf(result: unknown): unknown[] {
  return (result as readonly { id: RecordId }[]).map(({ id }) => id.id);
}
