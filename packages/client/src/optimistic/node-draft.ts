import type { ViewNode } from '../live/view-store.ts';
import { ListDraft } from './list-draft.ts';
import type { LocalRow } from './local-row.ts';
import type { NodeRules } from './node-rules.ts';

/** What the pending writes change in one node of a view. */
export class NodeDraft {
  readonly rules: NodeRules;
  /** The node without the writes. */
  readonly base: ViewNode;
  /** Rows that may have changed and rows that are new here, by key. Some of them may be in no list. */
  readonly rows = new Map<string, LocalRow>();
  /** Changed lists, by the key of the parent row. */
  readonly lists = new Map<string, ListDraft>();
  /** For the plan itself and for relations to many: the parents to whose lists rows were moved. */
  readonly homes = new Map<string, string>();
  /** False if a row belongs to the node that no view has, or may belong to it. */
  isComplete = true;

  constructor(rules: NodeRules, base: ViewNode) {
    this.rules = rules;
    this.base = base;
  }

  /** Whether a row may be shown, so that rows may be placed below it. */
  has(key: string): boolean {
    return this.rows.has(key) || this.base.rows.has(key);
  }

  /** The list of a parent, to be changed. */
  list(parent: string): ListDraft {
    const known = this.lists.get(parent);
    if (known !== undefined) return known;
    const list = new ListDraft(this.base.lists.get(parent));
    this.lists.set(parent, list);
    return list;
  }
}
