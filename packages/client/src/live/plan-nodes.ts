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
  /** Whether the result is one row or null instead of a list. */
  readonly single: boolean;
  /** Whether the result is the number of rows instead of the rows. */
  readonly count: boolean;
  readonly children: readonly PlanNode[];
}

/** The nodes of a plan in the order of their numbers. */
export function nodesOf(plan: WirePlan): readonly PlanNode[] {
  const nodes: PlanNode[] = [];
  const visit = (node: WirePlan, name: string, many: boolean, parent: number): PlanNode => {
    const index = nodes.length;
    const children: PlanNode[] = [];
    const own: PlanNode = {
      index,
      parent,
      name,
      single: !many || node.single === true,
      count: node.count === true,
      children,
    };
    nodes.push(own);
    for (const relation of node.related ?? []) {
      children.push(visit(relation.plan, relation.name, relation.many, index));
    }
    return own;
  };
  visit(plan, '', true, -1);
  return nodes;
}
