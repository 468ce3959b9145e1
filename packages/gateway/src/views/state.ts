/*
 * The state of a view: for each node of its plan, the rows by key, and lists of keys by the parent row's key.
 *
 *   list of a parent:  │ shown: node.count keys at most │ reserve: the next few │ unknown, unless the list is complete │
 *
 * Lists exist only for parents that are shown, so every row in `rows` is shown. A reserved row takes the place of one
 * that leaves the list. Only rows of nodes without relations keep their content in the reserve.
 *
 * A state changes only by `applyPatch`, when a round is published.
 */
import type { PlanNode } from '../plans/plan.ts';
import { type DigestNode, digestOf } from '../wire/digest.ts';
import { countRow } from './delivery/counts.ts';
import type { Row } from './row.ts';

/** The values that a row is ordered by, the last of which is its id. */
export type SortKey = readonly unknown[];

export interface HeldRow {
  readonly row: Row;
  readonly sort: SortKey;
  /** The key of the parent in whose list the row is; '' for node 0 and for relations to one. */
  readonly parent: string;
}

export interface ReservedRow {
  readonly parent: string;
  readonly sort: SortKey;
  /** Undefined if the row has relations; it is then read when it is shown. */
  readonly row: Row | undefined;
}

export interface Reserve {
  /** In order; they follow the shown keys of the list. */
  readonly keys: readonly string[];
  /** Whether no further rows follow. */
  readonly isComplete: boolean;
}

export interface NodeState {
  readonly rows: Map<string, HeldRow>;
  /** Keys in order, by the parent's key; '' for node 0. A missing list is empty. */
  readonly lists: Map<string, readonly string[]>;
  /** For a node that shows only the number of its rows: these numbers, by the parent's key. A missing number is 0. */
  readonly counts: Map<string, number>;
  /** By the parent's key. Missing if the reserve is empty and the list is complete. */
  readonly reserves: Map<string, Reserve>;
  readonly reserved: Map<string, ReservedRow>;
  /** For a relation to one: the key of the linked record, which may be hidden, by the parent's key. */
  readonly links: Map<string, string>;
  /** The parents that link to a record, by its key. */
  readonly linkedBy: Map<string, Set<string>>;
}

export interface ViewState {
  readonly nodes: readonly NodeState[];
  /** Over all nodes, without reserved rows. */
  rowCount: number;
  /** The approximate size of the rows. */
  bytes: number;
}

export function emptyState(nodes: readonly PlanNode[]): ViewState {
  const empty = nodes.map(
    (): NodeState => ({
      rows: new Map(),
      lists: new Map(),
      counts: new Map(),
      reserves: new Map(),
      reserved: new Map(),
      links: new Map(),
      linkedBy: new Map(),
    }),
  );
  return { nodes: empty, rowCount: 0, bytes: 0 };
}

/** The digest that a client with this state computes. */
export function digestOfState(nodes: readonly PlanNode[], state: ViewState): string {
  return digestOf(
    state.nodes.map(({ rows, lists, counts }, index): DigestNode => {
      const { parent = -1, shows } = nodes[index] ?? {};
      if (shows === 'rows') return { parent, lists, hashOf: (key) => rows.get(key)?.row.hash };
      // As it is sent: see delivery/counts.ts.
      const sent = new Map([...counts.keys()].map((key) => [key, [key]]));
      return { parent, lists: sent, hashOf: (key) => countRow(counts.get(key) ?? 0).hash };
    }),
  );
}
