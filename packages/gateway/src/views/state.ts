/*
 * The normalised state of a view: for each node of its plan, the rows by key, and lists of keys by the parent row's
 * key.
 */
import { RecordId } from 'surrealdb';
import type { PlanNode } from '../plans/plan.ts';
import { type DigestNode, digestOf } from '../wire/digest.ts';
import type { EncodeRow, Row } from './row.ts';

export interface NodeState {
  readonly rows: ReadonlyMap<string, Row>;
  /** Keys in order, by the parent's key; '' for node 0. A missing list is empty. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** For a relation to one: the keys of the linked records, including hidden ones. */
  readonly targets: ReadonlySet<string>;
}

export interface ViewState {
  readonly nodes: readonly NodeState[];
  /** Over all nodes. */
  readonly rowCount: number;
  /** The approximate size of the rows. */
  readonly bytes: number;
}

interface MutableNode {
  readonly rows: Map<string, Row>;
  readonly lists: Map<string, readonly string[]>;
  readonly targets: Set<string>;
}

type ResultRow = Readonly<Record<string, unknown>>;

const BYTES_PER_ROW = 160;

/**
 * @param result the result of the plan's statement: a list of rows, each with its related rows
 * @param before the last state, whose encoded rows are reused
 * @throws TypeError if the result does not belong to the plan, ValueError if a value cannot be sent
 */
export function stateOf(
  nodes: readonly PlanNode[],
  result: unknown,
  encodeRow: EncodeRow,
  before?: ViewState,
): ViewState {
  const made = nodes.map((): MutableNode => ({ rows: new Map(), lists: new Map(), targets: new Set() }));
  const children = nodes.map(({ index }) => nodes.filter(({ parent }) => parent === index));

  function addList(node: PlanNode, parent: string, rows: unknown): void {
    const own = made[node.index];
    if (own === undefined || !Array.isArray(rows)) throw new TypeError(`node ${node.index} has no list of rows`);
    if (rows.length > 0)
      own.lists.set(
        parent,
        rows.map((row) => addRow(node, own, row)),
      );
  }

  function addRow(node: PlanNode, own: MutableNode, row: ResultRow): string {
    const { id } = row;
    if (!(id instanceof RecordId)) throw new TypeError(`a row of ${node.table} has no id`);
    const key = String(id);
    if (own.rows.has(key)) return key;
    const below = children[node.index] ?? [];
    own.rows.set(key, encodeRow(ownFields(node, below, row), before?.nodes[node.index]?.rows.get(key)));
    for (const child of below) {
      const target = child.linkColumn === undefined ? undefined : row[child.linkColumn];
      if (target instanceof RecordId) made[child.index]?.targets.add(String(target));
      addList(child, key, row[child.name]);
    }
    return key;
  }

  const [root] = nodes;
  if (root === undefined) throw new TypeError('a plan has at least one node');
  addList(root, '', result);
  const rows = made.flatMap((node) => [...node.rows]);
  const bytes = rows.reduce((sum, [key, { json }]) => sum + json.length + key.length + BYTES_PER_ROW, 0);
  return { nodes: made, rowCount: rows.length, bytes };
}

/** The visible fields of a row: without related rows, and without link columns. */
function ownFields({ plan }: PlanNode, children: readonly PlanNode[], row: ResultRow): ResultRow {
  const hidden = new Set<string>();
  for (const { name, field, linkColumn } of children) {
    hidden.add(name);
    const isShown = linkColumn === field && (plan.select === undefined || plan.select.includes(field));
    if (linkColumn !== undefined && !isShown) hidden.add(linkColumn);
  }
  return hidden.size === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.has(name)));
}

/** The digest that a client with this state computes. */
export function digestOfState(nodes: readonly PlanNode[], state: ViewState): string {
  return digestOf(
    state.nodes.map(
      ({ rows, lists }, index): DigestNode => ({
        parent: nodes[index]?.parent ?? -1,
        lists,
        hashOf: (key) => rows.get(key)?.hash,
      }),
    ),
  );
}
