/*
 * Whether a change may alter what a view shows. A false positive only costs a read; a false negative would leave the
 * view out of date.
 */
import { RecordId } from 'surrealdb';
import { mayMatch } from '../../plans/may-match.ts';
import type { CompiledPlan, Condition, PlanNode } from '../../plans/plan.ts';
import type { ViewState } from '../state.ts';

export interface Change {
  readonly id: RecordId;
  /** `String(id)`. */
  readonly key: string;
  /** The row as it is now; undefined if it was deleted. */
  readonly row: Readonly<Record<string, unknown>> | undefined;
}

export function mayAffect(compiled: CompiledPlan, state: ViewState, change: Change): boolean {
  const { nodes, tables } = compiled;
  const table = change.id.table.name;
  let isNamed = false;
  for (const node of nodes) {
    if (node.table === table) {
      isNamed = true;
      if (mayAffectRows(node, nodes, state, change)) return true;
    }
    if (node.readsReader?.table.name === table) {
      isNamed = true;
      if (String(node.readsReader) === change.key) return true;
    }
    for (const follow of node.follows) {
      if (follow.table !== table) continue;
      isNamed = true;
      if (mayAffectFollowed(node, follow.field, state, change)) return true;
    }
  }
  // The table affects the result in some other way.
  return !isNamed && tables.has(table);
}

/** For a change of the node's own table. */
function mayAffectRows(node: PlanNode, nodes: readonly PlanNode[], state: ViewState, { key, row }: Change): boolean {
  const own = state.nodes[node.index];
  if (own === undefined || own.rows.has(key)) return true;
  // A row before the first shown one shifts all others.
  if (node.plan.offset > 0) return true;
  if (node.parent >= 0 && !node.many) return own.targets.has(key);
  if (row === undefined) return false;
  if (node.parent >= 0) {
    const parent = row[node.field];
    const isOfShown = state.nodes[node.parent]?.rows.has(String(parent)) ?? true;
    // A field that holds no single record, such as a list of records, may still link to a parent.
    if (parent instanceof RecordId && !isOfShown) return false;
    if (nodes[node.parent] === undefined) return true;
  }
  return mayMatch(node, row);
}

/** For a change of a table that permissions of the node's rows read. */
function mayAffectFollowed(node: PlanNode, field: string, state: ViewState, { key }: Change): boolean {
  // For a relation to many, this field of all its rows holds the parent.
  if (node.many && node.parent >= 0 && node.field === field) return state.nodes[node.parent]?.rows.has(key) ?? true;
  const wanted = requiredRecord(node.plan.where, field);
  return wanted === undefined || String(wanted.value) === key;
}

/** The record that a condition requires in a field: in the given one, or in any if none is given. */
export function requiredRecord(
  condition: Condition | undefined,
  field?: string,
): { readonly field: string; readonly value: RecordId } | undefined {
  if (condition?.kind === 'compare') {
    const { value } = condition;
    const isOfField = field === undefined || condition.field === field;
    if (!isOfField || condition.operator !== 'eq' || !(value instanceof RecordId)) return undefined;
    return { field: condition.field, value };
  }
  if (condition?.kind !== 'all') return undefined;
  for (const inner of condition.conditions) {
    const found = requiredRecord(inner, field);
    if (found) return found;
  }
  return undefined;
}
