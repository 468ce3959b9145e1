/*
 * A state with changes that are not applied yet. Every state is made through a draft: the first one from the result of the
 * plan's statement and an empty state, later ones from changed rows and the last state.
 */
import { RecordId } from 'surrealdb';
import type { RecordFields } from '../../permissions/evaluate.ts';
import type { PlanNode } from '../../plans/plan.ts';
import { memberOf } from '../../values/unknown.ts';
import type { EncodeRow, Row } from '../row.ts';
import type { HeldRow, NodeState, Reserve, ReservedRow, SortKey, ViewState } from '../state.ts';
import { MustRerun } from './must-rerun.ts';
import { Overlay } from './overlay.ts';
import { type Patch, patchOf } from './patch.ts';

const NO_KEYS: readonly string[] = [];
const COMPLETE: Reserve = { keys: NO_KEYS, isComplete: true };

/** One node of a draft. */
export class NodeDraft {
  readonly node: PlanNode;
  /** The nodes below this one, in their order. */
  readonly children: NodeDraft[] = [];
  readonly rows: Overlay<HeldRow>;
  readonly lists: Overlay<readonly string[]>;
  readonly counts: Overlay<number>;
  readonly reserves: Overlay<Reserve>;
  readonly reserved: Overlay<ReservedRow>;
  readonly links: Overlay<string>;
  /** Which keys of a changed list moved, by parent, where that is known. */
  readonly moved = new Map<string, ReadonlySet<string>>();
  readonly #linkedBy: NodeState['linkedBy'];
  /** How many more parents link to a record than in the state, by its key. */
  readonly #linksAdded = new Map<string, number>();

  constructor(node: PlanNode, state: NodeState) {
    this.node = node;
    this.rows = new Overlay(state.rows);
    this.lists = new Overlay(state.lists);
    this.counts = new Overlay(state.counts);
    this.reserves = new Overlay(state.reserves);
    this.reserved = new Overlay(state.reserved);
    this.links = new Overlay(state.links);
    this.#linkedBy = state.linkedBy;
  }

  list(parent: string): readonly string[] {
    return this.lists.get(parent) ?? NO_KEYS;
  }

  /** @param moved as for `splicesOf` */
  setList(parent: string, keys: readonly string[], moved?: ReadonlySet<string>): void {
    // After a second change, it is not known which keys moved.
    if (moved === undefined || this.lists.changes.has(parent)) this.moved.delete(parent);
    else this.moved.set(parent, moved);
    this.lists.set(parent, keys.length === 0 ? undefined : keys);
    if (this.node.shows !== 'rows') this.setCount(parent, keys.length);
  }

  setCount(parent: string, count: number): void {
    this.counts.set(parent, count === 0 ? undefined : count);
  }

  reserve(parent: string): Reserve {
    return this.reserves.get(parent) ?? COMPLETE;
  }

  setReserve(parent: string, reserve: Reserve): void {
    const isEmpty = reserve.isComplete && reserve.keys.length === 0;
    this.reserves.set(parent, isEmpty ? undefined : reserve);
  }

  sortOf(key: string): SortKey | undefined {
    return this.rows.get(key)?.sort ?? this.reserved.get(key)?.sort;
  }

  setLink(parent: string, target: string | undefined): void {
    const before = this.links.get(parent);
    if (before !== undefined) this.#countLink(before, -1);
    if (target !== undefined) this.#countLink(target, 1);
    this.links.set(parent, target);
  }

  #countLink(target: string, by: number): void {
    this.#linksAdded.set(target, (this.#linksAdded.get(target) ?? 0) + by);
  }

  /** Whether a parent's link names the record. The cost does not depend on how many do. */
  isLinked(target: string): boolean {
    return (this.#linkedBy.get(target)?.size ?? 0) + (this.#linksAdded.get(target) ?? 0) > 0;
  }

  /** The parents whose link names the record. */
  parentsLinkedTo(target: string): Set<string> {
    const parents = new Set<string>();
    for (const parent of this.#linkedBy.get(target) ?? []) if (this.links.get(parent) === target) parents.add(parent);
    for (const [parent, linked] of this.links.changes) if (linked === target) parents.add(parent);
    return parents;
  }
}

export class ViewDraft {
  readonly nodes: readonly NodeDraft[];
  readonly #state: ViewState;
  readonly #encode: EncodeRow;
  readonly #known: ViewState;

  /** @param known the state whose encoded rows are reused */
  constructor(nodes: readonly PlanNode[], state: ViewState, encode: EncodeRow, known: ViewState = state) {
    this.#state = state;
    this.#encode = encode;
    this.#known = known;
    this.nodes = nodes.map((node, index) => {
      const base = state.nodes[index];
      if (base === undefined) throw new RangeError(`The state has no node ${index}.`);
      return new NodeDraft(node, base);
    });
    for (const at of this.nodes) this.nodes[at.node.parent]?.children.push(at);
  }

  /**
   * Adds the list of a parent as the statement returned it.
   *
   * @param isPart whether further rows may follow, however few were returned
   * @throws TypeError if the result does not belong to the plan, ValueError if a value cannot be sent
   */
  addList(at: NodeDraft, parent: string, result: unknown, isPart = false): void {
    const { node, children } = at;
    if (!Array.isArray(result)) throw new TypeError(`node ${node.index} has no list of rows`);
    if (node.shows === 'total') {
      at.setCount(parent, totalOf(result));
      return;
    }
    const keys = result.map((row: RecordFields) => keyOf(node, row));
    at.setList(parent, keys.slice(0, node.count));
    at.setReserve(parent, {
      keys: keys.slice(node.count),
      isComplete: !isPart && keys.length < node.fetched,
    });
    result.forEach((row: RecordFields, index) => {
      const key = keys[index] ?? '';
      if (index < node.count) this.addRow(at, parent, key, row);
      else {
        requireNotMoved(at, parent, key);
        const own = children.length === 0 ? this.#encodeColumns(at, key, row) : undefined;
        at.reserved.set(key, { parent, sort: this.sortOfResult(node, row), row: own });
      }
    });
  }

  /** Adds a row as the statement returned it, with its related rows. */
  addRow(at: NodeDraft, parent: string, key: string, row: RecordFields): void {
    requireNotMoved(at, parent, key);
    at.rows.set(key, { row: this.#encodeColumns(at, key, row), sort: this.sortOfResult(at.node, row), parent });
    for (const child of at.children) {
      const { linkColumn, name, many } = child.node;
      const result = row[name];
      if (many) {
        this.addList(child, key, result);
        continue;
      }
      const link = linkColumn === undefined ? undefined : row[linkColumn];
      child.setLink(key, link instanceof RecordId ? String(link) : undefined);
      if (!Array.isArray(result)) throw new TypeError(`node ${child.node.index} has no list of rows`);
      const linked = result.map((inner: RecordFields) => keyOf(child.node, inner));
      child.setList(key, linked);
      const [first] = linked;
      if (first !== undefined && !child.rows.has(first)) this.addRow(child, '', first, result[0]);
    }
  }

  /** Removes a row, and the rows below it that nothing else shows. */
  dropRow(at: NodeDraft, key: string): void {
    if (!at.rows.has(key)) return;
    at.rows.set(key, undefined);
    this.dropBelow(at, key);
  }

  /** Removes what is related to a row. */
  dropBelow({ children }: NodeDraft, key: string): void {
    for (const child of children) {
      if (!child.node.many) {
        this.unlink(child, key);
        continue;
      }
      for (const below of child.list(key)) this.dropRow(child, below);
      for (const below of child.reserve(key).keys) child.reserved.set(below, undefined);
      child.setList(key, NO_KEYS);
      child.reserves.set(key, undefined);
    }
  }

  /** Removes a parent's link, and the linked row if no other parent links to it. */
  unlink(at: NodeDraft, parent: string): void {
    const target = at.links.get(parent);
    at.setLink(parent, undefined);
    at.lists.set(parent, undefined);
    if (target !== undefined && !at.isLinked(target)) this.dropRow(at, target);
  }

  /** The changes of this draft. */
  finish(): Patch {
    return patchOf(this.#state, this.nodes);
  }

  sortOfResult({ order }: PlanNode, row: RecordFields): SortKey {
    return order.map(({ column }) => row[column]);
  }

  #encodeColumns(at: NodeDraft, key: string, row: RecordFields): Row {
    return this.#encode(columnsOf(at, row), this.#known.nodes[at.node.index]?.rows.get(key)?.row);
  }
}

/** A row that is still in another list has left it. That list is not maintained yet, and may need another row instead. */
function requireNotMoved({ rows, reserved }: NodeDraft, parent: string, key: string): void {
  const other = rows.get(key)?.parent ?? reserved.get(key)?.parent ?? parent;
  if (other !== parent) throw new MustRerun('moved');
}

function keyOf({ table }: PlanNode, { id }: RecordFields): string {
  if (!(id instanceof RecordId)) throw new TypeError(`a row of ${table} has no id`);
  return String(id);
}

/** The number in the result of a statement that counts. Without rows, the engine returns 0 or no row. */
function totalOf([row]: readonly unknown[]): number {
  if (row === undefined) return 0;
  if (typeof row === 'object' && row !== null && 'count' in row && typeof row.count === 'number') return row.count;
  throw new TypeError('a statement that counts returned no number');
}

/** The visible fields of a row: without related rows, and without columns that only serve the statement. */
export function columnsOf({ node, children }: NodeDraft, row: RecordFields): RecordFields {
  const { columns } = node;
  if (columns !== 'all') {
    return Object.fromEntries(columns.map((name) => [name, memberOf(row, name)]));
  }
  const hidden = new Set(children.map((child) => child.node.name));
  return Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.has(name)));
}
