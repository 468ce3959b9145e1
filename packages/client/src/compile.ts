import { escapeIdent, toSurqlString } from 'surrealdb';
import { type Condition, OPERATORS, type Ordering, type QueryPlan, type RelationPlan, tablesOf } from './query-plan.ts';

/** One SurrealQL statement for a plan. Names come from the schema and are escaped; values are bindings, always. */
export interface CompiledQuery {
  readonly plan: QueryPlan;
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** Equal queries have equal keys, however they were put together. */
  readonly key: string;
  /** Equal also for queries that differ in how many rows they show, and in nothing else. */
  readonly subject: string;
  readonly tables: readonly string[];
}

/**
 * Writes a plan as one statement, so that its rows and all related rows are of one snapshot.
 *
 * A to-one relation is `FROM ONLY $parent.field`, a lookup by key. A to-many relation reads the index on its field; see
 * `related`.
 */
export function compile(plan: QueryPlan): CompiledQuery {
  const bindings: Record<string, unknown> = {};
  const window: Record<string, unknown> = {};
  const bindTo = (target: Record<string, unknown>, letter: string, value: unknown): string => {
    const name = `${letter}${Object.keys(target).length}`;
    target[name] = value;
    return `$${name}`;
  };
  const bind: Bind = {
    value: (value) => bindTo(bindings, 'b', value),
    count: (count) => bindTo(window, 'n', count),
  };
  const text = selectRoot(plan, bind);
  // One row and a list of at most one are the same statement, but not the same result.
  const subject = `${plan.single ? 'one' : 'all'}: ${text} ${toSurqlString(bindings)}`;
  return {
    plan,
    text,
    bindings: { ...bindings, ...window },
    key: `${subject} ${toSurqlString(window)}`,
    subject,
    tables: tablesOf(plan),
  };
}

/** Puts a value aside and gives the parameter that stands for it. */
interface Bind {
  readonly value: (value: unknown) => string;
  readonly count: (count: number) => string;
}

function selectFrom(plan: QueryPlan, source: string, bind: Bind): string {
  return [`SELECT ${projection(plan, bind)} FROM ${source}`, ...filter(plan, bind), ...slice(plan, bind)].join(' ');
}

/**
 * Up to 3.0.2 the engine takes LIMIT rows from an index first and drops those that fail the rest of the WHERE
 * afterwards, so rows are missing (surrealdb/surrealdb#7028). Cut off outside of a subselect, they are all there. A
 * lookup by id uses no index.
 */
function selectRoot(plan: QueryPlan, bind: Bind): string {
  const table = escapeIdent(plan.table);
  const isCut = plan.single || plan.limit !== undefined || plan.offset !== undefined;
  const isLookup = plan.where.some(({ field, operator }) => field === 'id' && operator === 'eq');
  if (!isCut || isLookup || plan.where.length === 0) return selectFrom(plan, table, bind);
  const shown = projection(plan, bind);
  const matching = ['SELECT * FROM', table, ...filter(plan, bind)].join(' ');
  return [`SELECT ${shown} FROM (${matching})`, ...slice(plan, bind)].join(' ');
}

function filter({ where, orderBy }: QueryPlan, bind: Bind): string[] {
  const parts: string[] = [];
  if (where.length > 0) parts.push(`WHERE ${conditions(where, bind)}`);
  if (orderBy.length > 0) parts.push(`ORDER BY ${order(orderBy)}`);
  return parts;
}

/** Rows that are equal in every given field are in the order of their ids, so that limit and offset cut the same way. */
function order(orderBy: readonly Ordering[]): string {
  const direction = orderBy.at(-1)?.direction ?? 'asc';
  const isUnique = orderBy.some(({ field }) => field === 'id');
  return [...orderBy, ...(isUnique ? [] : [{ field: 'id', direction }])]
    .map((one) => `${escapeIdent(one.field)} ${one.direction.toUpperCase()}`)
    .join(', ');
}

function slice({ single, limit, offset }: QueryPlan, bind: Bind): string[] {
  const parts: string[] = [];
  const count = single ? 1 : limit;
  if (count !== undefined) parts.push(`LIMIT ${bind.count(count)}`);
  if (offset !== undefined) parts.push(`START ${bind.count(offset)}`);
  return parts;
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

/**
 * To many: the rows are found by an index on `field` and keep the permissions of their table. `$id` must be a variable: the
 * planner uses the index for it, but reads the whole table for `field = $parent.id`. Everything else is applied outside of
 * that subselect, so that no other index is chosen and LIMIT counts only rows that match (see `selectRoot`). `<~(…)` would be
 * as fast, but skips the permissions of the table; `field IN $ids` for all parents at once reads the whole table.
 */
function related({ many, field, plan }: RelationPlan, bind: Bind): string {
  if (!many) return `(${selectFrom(plan, `ONLY $parent.${escapeIdent(field)}`, bind)}) ?? NULL`;
  const rows = `(SELECT * FROM ${escapeIdent(plan.table)} WHERE ${escapeIdent(field)} = $id)`;
  const shown = `(${selectFrom(plan, rows, bind)})`;
  return `{ LET $id = id; RETURN ${plan.single ? `${shown}[0] ?? NULL` : shown} }`;
}

function conditions(where: readonly Condition[], bind: Bind): string {
  return [...where]
    .sort(byName(({ field, operator, value }) => `${field} ${operator} ${toSurqlString(value)}`))
    .map(({ field, operator, value }) => `${escapeIdent(field)} ${OPERATORS[operator]} ${bind.value(value)}`)
    .join(' AND ');
}

function byName<T>(name: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (name(left) < name(right) ? -1 : 1);
}
