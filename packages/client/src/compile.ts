import { escapeIdent, toSurqlString } from 'surrealdb';
import { type Condition, OPERATORS, type QueryPlan, type RelationPlan, tablesOf } from './query-plan.ts';

/** One SurrealQL statement for a plan. Names come from the schema and are escaped; values are bindings, always. */
export interface CompiledQuery {
  readonly plan: QueryPlan;
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** Equal queries have equal keys, however they were put together. */
  readonly key: string;
  readonly tables: readonly string[];
}

/**
 * Rows of a to-many relation come by `<~(…)`, which follows the back-references: flat at any table size, where the
 * obvious subselect with `WHERE field = $parent.id` reads the whole table (measured: 0.7 ms against 213 ms at 60,000
 * rows). The row of a to-one relation comes by `FROM ONLY $parent.field`, a lookup by key.
 */
export function compile(plan: QueryPlan): CompiledQuery {
  const bindings: Record<string, unknown> = {};
  const bind = (value: unknown): string => {
    const name = `b${Object.keys(bindings).length}`;
    bindings[name] = value;
    return `$${name}`;
  };
  const text = selectFrom(plan, escapeIdent(plan.table), bind);
  // One row and a list of at most one are the same statement, but not the same result.
  const key = `${plan.single ? 'one' : 'all'}: ${text} ${toSurqlString(bindings)}`;
  return { plan, text, bindings, key, tables: tablesOf(plan) };
}

type Bind = (value: unknown) => string;

function selectFrom(plan: QueryPlan, source: string, bind: Bind): string {
  const parts = [`SELECT ${projection(plan, bind)} FROM ${source}`];
  if (plan.where.length > 0) parts.push(`WHERE ${conditions(plan.where, bind)}`);
  if (plan.orderBy.length > 0) {
    const order = plan.orderBy.map(({ field, direction }) => `${escapeIdent(field)} ${direction.toUpperCase()}`);
    parts.push(`ORDER BY ${order.join(', ')}`);
  }
  const limit = plan.single ? 1 : plan.limit;
  if (limit !== undefined) parts.push(`LIMIT ${bind(limit)}`);
  if (plan.offset !== undefined) parts.push(`START ${bind(plan.offset)}`);
  return parts.join(' ');
}

function projection(plan: QueryPlan, bind: Bind): string {
  // Relations are sorted, as fields and conditions are: the order of the builder's calls must not change the key.
  const relations = [...plan.relations]
    .sort(byName((relation) => relation.name))
    .map((relation) => `${related(relation, bind)} AS ${escapeIdent(relation.name)}`);
  return [...fields(plan), ...relations].join(', ');
}

function fields(plan: QueryPlan): string[] {
  if (plan.select === undefined) return ['*'];
  // `id` is what rows are told apart by; SurrealQL orders only by what is selected.
  const names = new Set(['id', ...plan.select, ...plan.orderBy.map(({ field }) => field)]);
  for (const relation of plan.relations) names.delete(relation.name);
  return [...names].sort().map((name) => escapeIdent(name));
}

function related({ many, field, plan }: RelationPlan, bind: Bind): string {
  if (!many) return `(${selectFrom(plan, `ONLY $parent.${escapeIdent(field)}`, bind)}) ?? NULL`;
  const rows = `<~(${selectFrom(plan, `${escapeIdent(plan.table)} FIELD ${escapeIdent(field)}`, bind)})`;
  return plan.single ? `${rows}[0] ?? NULL` : rows;
}

function conditions(where: readonly Condition[], bind: Bind): string {
  return [...where]
    .sort(byName(({ field, operator, value }) => `${field} ${operator} ${toSurqlString(value)}`))
    .map(({ field, operator, value }) => `${escapeIdent(field)} ${OPERATORS[operator]} ${bind(value)}`)
    .join(' AND ');
}

function byName<T>(name: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (name(left) < name(right) ? -1 : 1);
}
