import {
  decodeValue,
  digestOf,
  encodeValue,
  type ViewChange,
  type WirePlan,
  type WireRow,
  type WireSplice,
} from '@spookify/gateway/wire';
import { nodesOf, type PlanNode } from './plan-nodes.ts';
import { share } from './share.ts';

/*
 * The data of one view, and the result that is made of it.
 *
 * For each node of the plan there are rows by key and lists of keys by parent, as the gateway sends them, and beside
 * each row the object, beside each list the array that the result is made of. Objects and arrays never change: a change
 * replaces the object of the row, the arrays that hold it, the objects that hold these, and so on up to the result.
 * Everything else keeps its identity, and the cost of a change does not depend on the number of rows but for copying the
 * arrays on its way.
 */

/** The fields of a row, decoded, without related rows. A field that is NONE is left out. */
export type RowFields = Readonly<Record<string, unknown>>;

/** What a view has of one node. */
export interface ViewNode {
  readonly node: PlanNode;
  readonly rows: ReadonlyMap<string, ViewRow>;
  /** By the key of the parent row; '' for the plan itself. A list that is missing is empty. */
  readonly lists: ReadonlyMap<string, ViewList>;
}

export interface ViewRow {
  readonly fields: RowFields;
  /** The row with related rows. Undefined until it is built. */
  readonly object: object | undefined;
  /** The parents of the lists that contain the row. */
  readonly parents: ReadonlySet<string>;
}

export interface ViewList {
  readonly keys: readonly string[];
  /** The row objects of `keys`. */
  readonly rows: readonly object[];
}

interface Row extends ViewRow {
  hash: string;
  fields: RowFields;
  object: object | undefined;
  readonly parents: Set<string>;
}

class NodeState implements ViewNode {
  readonly node: PlanNode;
  readonly rows = new Map<string, Row>();
  readonly lists = new Map<string, ViewList>();
  /** Keys of rows and parents of lists whose object or array must be rebuilt. */
  readonly dirtyRows = new Set<string>();
  readonly dirtyLists = new Set<string>();
  /** Keys of rows that may no longer be in any list. */
  readonly loose = new Set<string>();

  constructor(node: PlanNode) {
    this.node = node;
  }
}

/** The list of a parent without rows. */
export const NONE: readonly never[] = Object.freeze([]);
/**
 * Above this many changed rows of a list it is cheaper to check each of its rows than to search for the changed ones.
 */
const MANY_ROWS = 16;

export class ViewStore {
  readonly #nodes: readonly NodeState[];

  constructor(plan: WirePlan) {
    this.#nodes = nodesOf(plan).map((node) => new NodeState(node));
  }

  /** What the result is made of, in the order of the plan's nodes. It changes in place. */
  get nodes(): readonly ViewNode[] {
    return this.#nodes;
  }

  /** The current result: a list, one row or null, or a number. The same object as long as nothing in it changes. */
  get result(): unknown {
    const [root] = this.#nodes;
    return root === undefined ? NONE : shownOf(root.node, root.lists.get('')?.rows);
  }

  /** The data as the difference from an empty view, to be stored. `replace` reads it. */
  content(): ViewChange {
    const rows = this.#nodes.flatMap(({ node, rows: of }) =>
      [...of].map(([key, { hash, fields }]) => [node.index, key, hash, encodeRow(fields)] as const),
    );
    const lists = this.#nodes.flatMap(({ node, lists: of }) =>
      [...of].map(([parent, { keys }]) => [node.index, parent, [[0, 0, keys]]] as const),
    );
    return { rows, lists: lists as ViewChange['lists'] };
  }

  /** A digest of the data, which the gateway compares with its own. */
  digest(): string {
    return digestOf(
      this.#nodes.map(({ node, rows, lists }) => ({
        parent: node.parent,
        lists: new Map([...lists].map(([parent, { keys }]) => [parent, keys])),
        hashOf: (key) => rows.get(key)?.hash,
      })),
    );
  }

  /** Applies a difference from the last state. */
  apply(change: ViewChange): void {
    this.#takeIn(change);
    this.#rebuild();
  }

  /** Applies a whole state. Rows that are in both states with the same hash keep their identity. */
  replace(state: ViewChange): void {
    const given = this.#nodes.map(() => new Set<string>());
    for (const [node, parent] of state.lists) given[node]?.add(parent);
    const rest = this.#nodes.flatMap(({ node, lists }) =>
      [...lists]
        .filter(([parent]) => !given[node.index]?.has(parent))
        .map(([parent, { keys }]): ViewChange['lists'][number] => [node.index, parent, [[0, keys.length, []]]]),
    );
    const lists = state.lists.map(([node, parent, splices]): ViewChange['lists'][number] => {
      const before = this.#nodes[node]?.lists.get(parent)?.keys ?? NONE;
      const after = spliced(NONE, splices);
      const isSame = after.length === before.length && after.every((key, at) => key === before[at]);
      return [node, parent, isSame ? [] : [[0, before.length, after]]];
    });
    this.apply({ rows: state.rows, lists: [...rest, ...lists] });
  }

  #takeIn({ rows, lists }: ViewChange): void {
    for (const [index, key, hash, encoded] of rows) {
      const state = this.#stateOf(index);
      const known = state.rows.get(key);
      if (known?.hash === hash) continue;
      const fields = decodeRow(encoded);
      if (known === undefined) {
        state.rows.set(key, { hash, fields, object: undefined, parents: new Set() });
        state.loose.add(key);
      } else {
        known.hash = hash;
        known.fields = share(known.fields, fields);
      }
      state.dirtyRows.add(key);
    }
    for (const [index, parent, splices] of lists) {
      if (splices.length > 0) this.#spliceList(this.#stateOf(index), parent, splices);
    }
  }

  #spliceList(state: NodeState, parent: string, splices: readonly WireSplice[]): void {
    const { keys, rows } = state.lists.get(parent) ?? { keys: NONE, rows: NONE };
    const nextKeys = [...keys];
    const nextRows: (object | undefined)[] = [...rows];
    const removed: string[] = [];
    for (const [at, remove, insert] of splices) {
      removed.push(...nextKeys.splice(at, remove, ...insert));
      const inserted = insert.map((key) => rowOf(state, key));
      nextRows.splice(at, remove, ...inserted.map(({ object }) => object));
      for (const { parents } of inserted) parents.add(parent);
    }
    if (removed.length > 0) {
      const kept = new Set(nextKeys);
      for (const key of removed) {
        if (kept.has(key)) continue;
        state.rows.get(key)?.parents.delete(parent);
        state.loose.add(key);
      }
    }
    // `rebuild` creates the objects of new rows.
    state.lists.set(parent, { keys: nextKeys, rows: nextRows as object[] });
    state.dirtyLists.add(parent);
  }

  /** Rebuilds from the leaves to the root, each object and array at most once. */
  #rebuild(): void {
    this.#dropLoose();
    for (const state of this.#nodes.toReversed()) {
      const changed = new Map<string, string[]>();
      for (const key of state.dirtyRows) {
        const row = state.rows.get(key);
        if (row === undefined) continue;
        const object = this.#objectOf(state.node, key, row);
        if (object === row.object) continue;
        row.object = object;
        for (const parent of row.parents) {
          const keys = changed.get(parent);
          if (keys === undefined) changed.set(parent, [key]);
          else keys.push(key);
        }
      }
      for (const [parent, keys] of changed) {
        refresh(state, parent, keys);
        state.dirtyLists.add(parent);
      }
      const above = this.#nodes[state.node.parent];
      for (const parent of state.dirtyLists) {
        if (state.lists.get(parent)?.keys.length === 0) state.lists.delete(parent);
        if (above?.rows.has(parent)) above.dirtyRows.add(parent);
      }
      state.dirtyRows.clear();
      state.dirtyLists.clear();
    }
  }

  /** Removes rows that are no longer in any list, with the lists below them. */
  #dropLoose(): void {
    for (const state of this.#nodes) {
      for (const key of state.loose) {
        if (state.rows.get(key)?.parents.size !== 0) continue;
        state.rows.delete(key);
        for (const { index } of state.node.children) {
          const below = this.#stateOf(index);
          for (const child of below.lists.get(key)?.keys ?? NONE) {
            below.rows.get(child)?.parents.delete(key);
            below.loose.add(child);
          }
          below.lists.delete(key);
        }
      }
      state.loose.clear();
    }
  }

  #objectOf(node: PlanNode, key: string, { fields }: Row): object {
    if (node.children.length === 0) return fields;
    const object: Record<string, unknown> = { ...fields };
    for (const child of node.children) {
      object[child.name] = shownOf(child, this.#stateOf(child.index).lists.get(key)?.rows);
    }
    return object;
  }

  #stateOf(index: number): NodeState {
    const state = this.#nodes[index];
    if (state === undefined) throw new RangeError(`The plan has no node ${index}.`);
    return state;
  }
}

/** What a parent row, or the result, shows of a list: the list, its only row or null, or its number. */
export function shownOf({ single, count }: PlanNode, rows: readonly object[] = NONE): unknown {
  if (count) return numberOf(rows[0]);
  return single ? (rows[0] ?? null) : rows;
}

/** A number is sent as a row with the field `count`; none is 0. */
function numberOf(row: object | undefined): number {
  return row !== undefined && 'count' in row && typeof row.count === 'number' ? row.count : 0;
}

/** Returns a list with the new objects of these rows. */
function refresh(state: NodeState, parent: string, keys: readonly string[]): void {
  const list = state.lists.get(parent);
  if (list === undefined) return;
  const objectOf = (key: string): object => rowOf(state, key).object ?? NONE;
  const few = keys.length <= MANY_ROWS;
  const rows = few ? [...list.rows] : list.keys.map(objectOf);
  if (few) for (const key of keys) rows[list.keys.indexOf(key)] = objectOf(key);
  state.lists.set(parent, { keys: list.keys, rows });
}

function rowOf(state: NodeState, key: string): Row {
  const row = state.rows.get(key);
  if (row === undefined) throw new RangeError(`A list of the view names the row ${key}, which was never sent.`);
  return row;
}

function encodeRow(fields: RowFields): WireRow {
  const encoded = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, encodeValue(value)]));
  return Object.keys(encoded).some((name) => name.startsWith('$')) ? { $o: encoded } : encoded;
}

/** Decodes each field separately, so that each may have the maximum depth of a value. */
function decodeRow(row: WireRow): RowFields {
  const { $o: wrapped = row } = row;
  return Object.fromEntries(Object.entries(wrapped as WireRow).map(([name, value]) => [name, decodeValue(value)]));
}

function spliced(keys: readonly string[], splices: readonly WireSplice[]): readonly string[] {
  const next = [...keys];
  for (const [at, remove, insert] of splices) next.splice(at, remove, ...insert);
  return next;
}
