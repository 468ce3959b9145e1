/*
 * What a view depends on, as keys of an index, so that a change finds the views that it may affect without checking all
 * of them. The index may return too many views, never too few; `maintain` then decides.
 *
 *   =thread:abc                  this record: shown, linked to, or read by a permission
 *   job.assigned_to=thread:abc   a row of a table whose field holds this record
 *   scan                         any row of a table, where nothing more precise is known
 */
import { RecordId } from 'surrealdb';
import type { Condition } from '../../plans/condition.ts';
import type { CompiledPlan, PlanNode } from '../../plans/plan.ts';
import type { ViewState } from '../state.ts';

export interface Dependencies {
  readonly keys: ReadonlySet<string>;
  /** The fields that the keys name, by table. */
  readonly fields: readonly (readonly [table: string, field: string])[];
  /** Tables of which any row may affect the view. */
  readonly scans: ReadonlySet<string>;
}

/**
 * A view with more keys is checked for every change of its tables, since keeping its keys up to date would cost more.
 */
const KEYS_MAX = 500;

export const recordKey = (record: string): string => `=${record}`;
export const fieldKey = (table: string, field: string, record: string): string => `${table}.${field}=${record}`;

/** @param state undefined if it is unknown what the view shows */
export function dependenciesOf(compiled: CompiledPlan, state: ViewState | undefined): Dependencies {
  const all = { keys: new Set<string>(), fields: [], scans: tablesOf(compiled) };
  if (state === undefined || state.rowCount > KEYS_MAX) return all;
  const keys = new Set<string>();
  const fields: [string, string][] = [];
  const scans = new Set(compiled.tables);
  for (const table of namedTables(compiled)) scans.delete(table);
  const parentsOf = ({ parent }: PlanNode): Iterable<string> => state.nodes[parent]?.rows.keys() ?? [];

  for (const node of compiled.nodes) {
    addRows(node);
    if (node.readsReader) keys.add(recordKey(String(node.readsReader)));
    for (const { field, table } of node.follows) addFollowed(node, field, table);
  }
  return keys.size > KEYS_MAX ? all : { keys, fields, scans };

  function addRows(node: PlanNode): void {
    const { table, field, many, parent, plan } = node;
    const own = state?.nodes[node.index];
    for (const key of own?.rows.keys() ?? []) keys.add(recordKey(key));
    for (const key of own?.reserved.keys() ?? []) keys.add(recordKey(key));
    for (const key of own?.linkedBy.keys() ?? []) keys.add(recordKey(key));
    if (plan.offset > 0) scans.add(table);
    if (parent < 0) addRoot(node);
    else if (many) {
      fields.push([table, field]);
      for (const key of parentsOf(node)) keys.add(fieldKey(table, field, key));
    }
  }

  /** Rows that are not shown yet but satisfy what the conditions require. */
  function addRoot({ table, plan: { where } }: PlanNode): void {
    const wanted = requiredRecord(where);
    if (wanted === undefined) scans.add(table);
    else if (wanted.field === 'id') keys.add(recordKey(String(wanted.value)));
    else {
      fields.push([table, wanted.field]);
      keys.add(fieldKey(table, wanted.field, String(wanted.value)));
    }
  }

  function addFollowed(node: PlanNode, field: string, table: string): void {
    if (node.many && node.parent >= 0 && node.field === field) {
      for (const key of parentsOf(node)) keys.add(recordKey(key));
      return;
    }
    const wanted = requiredRecord(node.plan.where, field);
    if (wanted === undefined) scans.add(table);
    else keys.add(recordKey(String(wanted.value)));
  }
}

/** Every table that a view depends on. */
export function tablesOf(compiled: CompiledPlan): Set<string> {
  return new Set([...compiled.tables, ...namedTables(compiled)]);
}

function namedTables({ nodes }: CompiledPlan): string[] {
  return nodes.flatMap(({ table, follows, readsReader }) => [
    table,
    ...follows.map((item) => item.table),
    ...(readsReader ? [readsReader.table.name] : []),
  ]);
}

/** Which views depend on what. */
export class DependencyIndex<Owner> {
  readonly #byKey = new Map<string, Set<Owner>>();
  readonly #byScan = new Map<string, Set<Owner>>();
  /** The number of owners that name a field, by table. */
  readonly #fields = new Map<string, Map<string, number>>();
  readonly #dependencies = new Map<Owner, Dependencies>();

  set(owner: Owner, interests: Dependencies): void {
    this.remove(owner);
    this.#dependencies.set(owner, interests);
    for (const key of interests.keys) addTo(this.#byKey, key, owner);
    for (const table of interests.scans) addTo(this.#byScan, table, owner);
    for (const [table, field] of interests.fields) this.#count(table, field, 1);
  }

  remove(owner: Owner): void {
    const interests = this.#dependencies.get(owner);
    if (!interests) return;
    this.#dependencies.delete(owner);
    for (const key of interests.keys) removeFrom(this.#byKey, key, owner);
    for (const table of interests.scans) removeFrom(this.#byScan, table, owner);
    for (const [table, field] of interests.fields) this.#count(table, field, -1);
  }

  /** The owners that may be affected; undefined if every owner that depends on the table may be. */
  find(table: string, key: string, row: Readonly<Record<string, unknown>> | undefined): Set<Owner> | undefined {
    const found = new Set([...(this.#byScan.get(table) ?? []), ...(this.#byKey.get(recordKey(key)) ?? [])]);
    if (row === undefined) return found;
    for (const field of this.#fields.get(table)?.keys() ?? []) {
      const value = row[field];
      if (value instanceof RecordId) {
        for (const owner of this.#byKey.get(fieldKey(table, field, String(value))) ?? []) found.add(owner);
        // A list of records, or a path into an object, may link to a record as well.
      } else if (field.includes('.') || (value !== undefined && value !== null)) return undefined;
    }
    return found;
  }

  #count(table: string, field: string, by: number): void {
    const counts = this.#fields.get(table) ?? new Map<string, number>();
    const count = (counts.get(field) ?? 0) + by;
    if (count > 0) counts.set(field, count);
    else counts.delete(field);
    this.#fields.set(table, counts);
  }
}

export function addTo<Item>(index: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = index.get(key);
  if (items) items.add(item);
  else index.set(key, new Set([item]));
}

export function removeFrom<Item>(index: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = index.get(key);
  items?.delete(item);
  if (items?.size === 0) index.delete(key);
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
