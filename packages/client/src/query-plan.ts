/** A query as data: what the builder makes, `compile` writes out as SurrealQL, and the live queries reason about. */
export interface QueryPlan {
  readonly table: string;
  /** The fields to read besides `id`; `undefined` means all of them. */
  readonly select: readonly string[] | undefined;
  readonly where: readonly Condition[];
  readonly orderBy: readonly Ordering[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** One row or null instead of a list. */
  readonly single: boolean;
  readonly relations: readonly RelationPlan[];
}

export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value: unknown;
}

export interface Ordering {
  readonly field: string;
  readonly direction: Direction;
}

export interface RelationPlan {
  readonly name: string;
  readonly many: boolean;
  /** To one: the field of the parent. To many: the field of the child. */
  readonly field: string;
  readonly plan: QueryPlan;
}

export type Direction = 'asc' | 'desc';
export type Operator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'contains';

/** Each operator as SurrealQL. */
export const OPERATORS: Readonly<Record<Operator, string>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: 'IN',
  contains: 'CONTAINS',
};

/** Every table that the plan reads, without repetition. */
export function tablesOf(plan: QueryPlan): string[] {
  const tables = new Set<string>();
  const visit = (node: QueryPlan): void => {
    tables.add(node.table);
    for (const relation of node.relations) visit(relation.plan);
  };
  visit(plan);
  return [...tables];
}
