import { type DigestNode, digestOf } from '../../wire/digest.ts';
import type { ViewChange, WireRow } from '../../wire/frames.ts';
import type { WirePlan } from '../../wire/plan.ts';

/** A row as it was sent. */
export interface SentRow {
  readonly hash: string;
  readonly row: WireRow;
}

interface Node {
  readonly plan: WirePlan;
  readonly name: string;
  readonly parent: number;
  readonly isSingle: boolean;
  readonly rows: Map<string, SentRow>;
  readonly lists: Map<string, string[]>;
}

/** The state of one view in a tab. Changes are applied literally; anything that does not fit is reported. */
export class WatchedView {
  readonly nodes: readonly Node[];
  /** Whether a snapshot has arrived. */
  isFilled = false;

  constructor(plan: WirePlan) {
    this.nodes = nodesOf(plan);
  }

  /** @param fault called with what does not fit */
  replace(change: ViewChange, fault: (text: string) => void): void {
    for (const { rows, lists } of this.nodes) {
      rows.clear();
      lists.clear();
    }
    this.isFilled = true;
    this.apply(change, fault);
  }

  apply({ rows, lists }: ViewChange, fault: (text: string) => void): void {
    for (const [index, key, hash, row] of rows) {
      const node = this.nodes[index];
      const before = node?.rows.get(key);
      if (before !== undefined && versionOf(before.row) > versionOf(row)) fault(`${key} went back in time`);
      node?.rows.set(key, { hash, row });
    }
    let hasRemoved = false;
    for (const [index, parent, splices] of lists) {
      const node = this.nodes[index];
      if (node === undefined) {
        fault(`there is no node ${index}`);
        continue;
      }
      const list = node.lists.get(parent) ?? [];
      for (const [at, remove, insert] of splices) {
        if (at + remove > list.length) fault(`a splice at ${at} of ${list.length} keys`);
        list.splice(at, remove, ...insert);
        if (remove > 0) hasRemoved = true;
      }
      if (new Set(list).size < list.length) fault(`a list has a key twice: ${list.join(', ')}`);
      for (const key of list) if (!node.rows.has(key)) fault(`a list names ${key}, which was never sent`);
      if (list.length === 0) node.lists.delete(parent);
      else node.lists.set(parent, list);
    }
    if (hasRemoved) this.#forgetUnreachable();
  }

  /** The version of a row that is shown anywhere in the view. */
  versionOf(key: string): number | undefined {
    for (const { rows } of this.nodes) {
      const found = rows.get(key);
      if (found !== undefined) return versionOf(found.row);
    }
    return undefined;
  }

  /** The rows of the root, in order. */
  get rows(): readonly WireRow[] {
    return this.#rowsOf(0, '');
  }

  digest(): string {
    return digestOf(
      this.nodes.map(
        ({ parent, lists, rows }): DigestNode => ({ parent, lists, hashOf: (key) => rows.get(key)?.hash }),
      ),
    );
  }

  /** The result as the plan describes it: rows with their related rows. */
  get result(): unknown {
    return this.#resultOf(0, '');
  }

  #resultOf(index: number, parent: string): unknown {
    const node = this.nodes[index];
    const rows = (node?.lists.get(parent) ?? []).map((key) => {
      const children = this.nodes.flatMap((child, at) =>
        child.parent === index ? [[child.name, this.#resultOf(at, key)] as const] : [],
      );
      return { ...node?.rows.get(key)?.row, ...Object.fromEntries(children) };
    });
    return node?.isSingle === true ? (rows[0] ?? null) : rows;
  }

  #rowsOf(index: number, parent: string): WireRow[] {
    const node = this.nodes[index];
    return (node?.lists.get(parent) ?? []).map((key) => node?.rows.get(key)?.row ?? {});
  }

  /** As a client does: what no list reaches any more is not known to be current. */
  #forgetUnreachable(): void {
    const reached: Set<string>[] = [];
    for (const { parent, rows, lists } of this.nodes) {
      const above = reached[parent] ?? new Set(['']);
      for (const key of lists.keys()) if (!above.has(key)) lists.delete(key);
      const keys = new Set([...lists.values()].flat());
      for (const key of rows.keys()) if (!keys.has(key)) rows.delete(key);
      reached.push(keys);
    }
  }
}

export function versionOf({ version }: WireRow): number {
  return typeof version === 'number' ? version : 0;
}

/** In the order in which a plan's nodes are numbered. */
function nodesOf(root: WirePlan): Node[] {
  const nodes: Node[] = [];
  const add = (plan: WirePlan, name: string, parent: number, isSingle: boolean): void => {
    const index = nodes.length;
    nodes.push({ plan, name, parent, isSingle, rows: new Map(), lists: new Map() });
    for (const { name: inner, many, plan: below } of plan.related ?? []) {
      add(below, inner, index, !many || below.single === true);
    }
  };
  add(root, '', -1, root.single === true);
  return nodes;
}
