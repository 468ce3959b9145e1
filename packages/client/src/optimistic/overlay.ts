/*
 * What a query shows while writes are pending: the gateway's state of its view, and on top of it what the writes change.
 *
 *   view ──┐
 *   writes ┼─▶ drafts of the nodes, from the plan itself to the leaves ─▶ objects and lists, from the leaves back ─▶ result
 *   known ─┘
 *
 * Nothing of the view changes. What is not known changes nothing: a row keeps its place, and stays in a list, if the
 * fields that decide it are not known here.
 */
import type { WirePlan } from '@spookify/gateway/wire';
import { nodesOf } from '../live/plan-nodes.ts';
import { shownOf, type ViewStore } from '../live/view-store.ts';
import { type BuiltNode, build } from './build.ts';
import { draftsOf } from './drafts.ts';
import type { KnownRows } from './known-rows.ts';
import { type NodeRules, rulesOf } from './node-rules.ts';
import type { PendingRecords } from './pending-records.ts';

/** The pending writes on top of one query. One per query: it remembers its last result, to keep what has not changed. */
export class Overlay {
  readonly #plan: WirePlan;
  #rules: readonly NodeRules[] | undefined;
  #built: readonly BuiltNode[] | undefined;

  constructor(plan: WirePlan) {
    this.#plan = plan;
  }

  /**
   * The result of the view with the writes applied, in the form of `ViewStore.result`. It shares all unchanged parts
   * with the view and with the last result. The view's own result if no write concerns it.
   *
   * @param store the gateway's state of this plan; empty if the gateway has not answered
   * @param known finds rows that this view does not have
   */
  result(store: ViewStore, pending: PendingRecords, known: KnownRows): unknown {
    this.#rules ??= nodesOf(this.#plan).map(rulesOf);
    const isConcerned = this.#rules.some(({ node }) => !node.count && pending.has(node.plan.table));
    const drafts = isConcerned ? draftsOf(store.nodes, this.#rules, pending, known) : [];
    this.#built = isConcerned ? build(drafts, this.#built) : undefined;
    const list = this.#built?.[0]?.lists.get('');
    const [root] = this.#rules;
    return list === undefined || root === undefined ? store.result : shownOf(root.node, list);
  }
}
