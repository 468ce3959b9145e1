import type { WirePlan } from '@spookify/gateway/wire';

/**
 * A node of a plan, numbered as in ViewChange: the plan itself is 0, then each relation is followed by its own
 * relations.
 */
export interface PlanNode {
  readonly index: number;
  /** The number of the parent node; -1 for the plan itself. */
  readonly parent: number;
  /** The property of the parent row that contains the rows of this node. */
  readonly name: string;
  /** Whether a list of this node can have several rows: true for the plan itself and for relations to many. */
  readonly many: boolean;
  /**
   * To many: the field of this node's rows that holds the parent row. To one: the field of the parent row that holds
   * the row of this node. '' for the plan itself.
   */
  readonly field: string;
  /** Whether the result is one row or null instead of a list. */
  readonly single: boolean;
  /** Whether the result is the number of rows instead of the rows. */
  readonly count: boolean;
  readonly plan: WirePlan;
  readonly children: readonly PlanNode[];
}

/** The nodes of a plan in the order of their numbers. */
export function nodesOf(plan: WirePlan): readonly PlanNode[] {
  const nodes: PlanNode[] = [];
  const visit = (own: Pick<PlanNode, 'plan' | 'name' | 'many' | 'field'>, parent: number): PlanNode => {
    const children: PlanNode[] = [];
    const single = !own.many || own.plan.single === true;
    const count = own.plan.count === true;
    const node: PlanNode = { ...own, index: nodes.length, parent, single, count, children };
    nodes.push(node);
    for (const relation of own.plan.related ?? []) children.push(visit(relation, node.index));
    return node;
  };
  visit({ plan, name: '', many: true, field: '' }, -1);
  return nodes;
}

/** Whether the rows of a node have a field as a property: it is selected, and no relation takes its place. */
export function showsField({ plan, children }: PlanNode, field: string): boolean {
  if (children.some(({ name }) => name === field)) return false;
  return field === 'id' || plan.select === undefined || plan.select.includes(field);
}
