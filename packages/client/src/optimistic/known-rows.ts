/*
 * What is known about a record, from all views of the page. A pending write may bring a record into a list in which the
 * gateway has not sent it; its fields are then taken from the views that have it.
 */
import { UNKNOWN } from '@spookify/gateway/wire';
import { type PlanNode, showsField } from '../live/plan-nodes.ts';
import type { ViewNode, ViewStore } from '../live/view-store.ts';

/** A record that at least one view has. */
export interface KnownRow {
  /** The value of a field; UNKNOWN if no view has it. */
  read(field: string): unknown;
  /** The names of all fields that are not NONE; undefined if no view has read all fields. */
  readonly names: readonly string[] | undefined;
}

/** Finds a record by its table and the text of its id. */
export type KnownRows = (table: string, key: string) => KnownRow | undefined;

/**
 * Finds records in views. The result is for one pass over the page's queries: it remembers what it has found.
 *
 * @param stores all views of the page
 */
export function knownRows(stores: Iterable<ViewStore>): KnownRows {
  let tables: Map<string, Place[]> | undefined;
  const found = new Map<string, KnownRow | undefined>();
  return (table, key) => {
    // The table is part of the key.
    if (found.has(key)) return found.get(key);
    tables ??= Map.groupBy(
      [...stores].flatMap(({ nodes }) => nodes.map(({ node }): Place => ({ nodes, node }))),
      ({ node }) => node.plan.table,
    );
    const places = tables.get(table)?.filter(({ nodes, node }) => nodes[node.index]?.rows.has(key)) ?? [];
    const row = places.length === 0 ? undefined : rowAt(places, key);
    found.set(key, row);
    return row;
  };
}

interface Place {
  readonly nodes: readonly ViewNode[];
  readonly node: PlanNode;
}

function rowAt(places: readonly Place[], key: string): KnownRow {
  const whole = places.find(({ node }) => node.plan.select === undefined);
  return {
    names: whole === undefined ? undefined : namesIn(whole, key),
    read: (field) => {
      for (const { nodes, node } of places) {
        const value = valueIn(nodes, node.index, key, field);
        if (value !== UNKNOWN) return value;
      }
      return UNKNOWN;
    },
  };
}

function namesIn({ nodes, node }: Place, key: string): readonly string[] {
  const links = node.children.filter(({ name, field, many }) => !many && name === field).map(({ name }) => name);
  return [...Object.keys(nodes[node.index]?.rows.get(key)?.fields ?? {}), ...links];
}

/**
 * The value of a field in a row of a view.
 *
 * A field that is not a property of the row may still be known: the id of a related row is the value of the field that
 * links to it.
 *
 * @returns UNKNOWN if the view has no such row or does not tell
 */
export function valueIn(nodes: readonly ViewNode[], index: number, key: string, field: string): unknown {
  const at = nodes[index];
  const row = at?.rows.get(key);
  if (at === undefined || row === undefined) return UNKNOWN;
  const { node } = at;
  if (showsField(node, field)) return Object.hasOwn(row.fields, field) ? row.fields[field] : undefined;
  const link = node.children.find((child) => !child.many && child.field === field);
  if (link !== undefined) {
    const [target = ''] = nodes[link.index]?.lists.get(key)?.keys ?? [];
    return idOf(nodes[link.index], target);
  }
  const [parent = ''] = node.many && node.field === field ? row.parents : [];
  return idOf(nodes[node.parent], parent);
}

function idOf(node: ViewNode | undefined, key: string): unknown {
  return node?.rows.get(key)?.fields.id ?? UNKNOWN;
}
