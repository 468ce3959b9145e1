import type { RecordId } from 'surrealdb';
import type { CompiledPermission } from '../../permissions/compile-permission.ts';
import type { TableSchema } from '../../schema/database-schema.ts';
import { ROWS_MAX } from '../../wire/limits.ts';
import type { Condition, Operator } from '../condition.ts';
import type { OrderColumn, Plan, PlanNode, Statement } from '../plan.ts';
import { columns } from '../visible-fields.ts';
import { type AccessPath, accessPath, type Comparison, indexFor, type ReferenceField } from './access-path.ts';
import { quoteName, quotePath } from './quote-name.ts';

/** A node with everything that its statement is written from. */
export interface StatementNode {
  readonly node: PlanNode;
  readonly table: TableSchema;
  readonly permission: CompiledPermission;
  readonly children: readonly StatementNode[];
}

/**
 * Writes a plan as one SELECT, so that its rows and all related rows come from one snapshot.
 *
 * Each node has two levels: the inner SELECT finds, orders and limits the rows; the outer one adds the related rows.
 * Related rows are therefore read only for rows that are shown, and a field may have the name of a relation. Fields are
 * always named, because `*` would include hidden ones.
 *
 * @param reader bound where a permission reads it
 * @param from limits the plan's own rows to a part of them
 */
export function writeStatement(root: StatementNode, reader: RecordId, prefix: string, from?: Restriction): Statement {
  const bindings: Record<string, unknown> = {};
  const writer: Writer = {
    prefix,
    from,
    bind: (value) => {
      const name = `${prefix}b${Object.keys(bindings).length}`;
      bindings[name] = value;
      return `$${name}`;
    },
    reader: () => {
      bindings[`${prefix}who`] = reader;
      return `$${prefix}who`;
    },
  };
  return { text: writeNode(root, undefined, writer), bindings };
}

/** Writes the statement for rows of one node by their ids, without the node's order and limits. */
export function writeRowsOf(at: StatementNode, reader: RecordId, prefix: string, ids: readonly RecordId[]): Statement {
  const plan: Plan = { ...at.node.plan, orderBy: [], limit: undefined, offset: 0, single: false };
  const fetched = ROWS_MAX + 1;
  const node: PlanNode = { ...at.node, many: true, plan, count: fetched, fetched };
  return writeStatement({ ...at, node }, reader, prefix, { path: { kind: 'records', ids } });
}

/** An access path, and a condition if the path also finds rows that do not satisfy it. */
export interface Restriction {
  readonly path: AccessPath;
  readonly condition?: Comparison;
}

interface Writer {
  readonly prefix: string;
  readonly from: Restriction | undefined;
  bind(value: unknown): string;
  reader(): string;
}

/** @param parent the parameter with the parent's id (to many), or the link's expression (to one) */
function writeNode(at: StatementNode, parent: string | undefined, writer: Writer): string {
  // The subselect applies the permissions of the reader's session before anything is counted.
  if (at.node.shows === 'total')
    return `SELECT count() AS count FROM (SELECT id FROM ${writeRows(at, parent, writer)}) GROUP ALL`;
  const shown = shownColumns(at);
  const links = at.children.flatMap(({ node }) =>
    node.linkColumn === undefined ? [] : [{ field: node.field, column: node.linkColumn }],
  );
  const { order } = at.node;
  // Read by the inner SELECT: in the outer one, the field may be replaced by a relation of the same name.
  const aliases = [...links, ...order.filter(({ field, column }) => field !== column)];
  const inner = [...new Set(['id', ...shown, ...order.map(({ field }) => field)])].map(quoteName);
  const needed = [...inner, ...aliases.map(({ field, column }) => `${quoteName(field)} AS ${quoteName(column)}`)];
  const rows = `SELECT ${needed.join(', ')} FROM ${writeRows(at, parent, writer)}`;
  if (at.children.length === 0 && inner.length === shown.length + 1) return rows;
  const outer = [
    ...['id', ...shown.filter((name) => !at.children.some(({ node }) => node.name === name))].map(quoteName),
    ...aliases.map(({ column }) => quoteName(column)),
    ...at.children.map((child) => `${writeRelated(child, writer)} AS ${quoteName(child.node.name)}`),
  ];
  return `SELECT ${outer.join(', ')} FROM (${rows})`;
}

function shownColumns({ node, table }: StatementNode): readonly string[] {
  return node.plan.select ?? columns(table);
}

function writeRelated(child: StatementNode, writer: Writer): string {
  const { linkColumn, index } = child.node;
  if (linkColumn !== undefined) return `(${writeNode(child, `$parent.${quoteName(linkColumn)}`, writer)})`;
  // The engine uses the index for a parameter, but reads the whole table for `$parent.id`.
  const parameter = `$${writer.prefix}p${index}`;
  return `{ LET ${parameter} = id; RETURN (${writeNode(child, parameter, writer)}) }`;
}

/** What follows FROM: the source, and the conditions, order and limit of the node's own rows. */
function writeRows(at: StatementNode, parent: string | undefined, writer: Writer): string {
  const { node, permission } = at;
  const { where, single, limit, offset } = node.plan;
  const own = [
    ...(where === undefined ? [] : [writeCondition(where, writer)]),
    ...(parent !== undefined || writer.from?.condition === undefined
      ? []
      : [writeCondition(writer.from.condition, writer)]),
  ];
  const allowed = permissionConditions(permission, writer);
  // A cheap condition goes first and saves permission checks that follow records. An expensive one goes last: its
  // duration would reveal what hidden rows contain.
  const conditions = weightOf(where) > CHEAP_MAX ? [...allowed, ...own] : [...own, ...allowed];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  if (parent !== undefined && !node.many) return `${parent}${filter} LIMIT 1`;
  const { order, fetched } = node;
  const path = pathOf(at, parent, writer);
  const source = writeSource(at, path, parent, writer);
  if (node.shows === 'total') return `${source}${filter}`;
  const rows = isLimitedTooEarly(path, parent, order[0])
    ? // If there are more rows than a view may have, their order does not matter; no more than that many are sorted.
      `(SELECT * FROM ${source}${filter}${limit === undefined && !single ? ` LIMIT ${fetched + offset}` : ''})`
    : `${source}${filter}`;
  // Written as numbers: with a parameter, the engine sorts all rows instead of keeping only the first ones.
  const slice = `LIMIT ${fetched}${offset === 0 ? '' : ` START ${offset}`}`;
  return `${rows} ORDER BY ${order.map(writeOrdering).join(', ')} ${slice}`;
}

/**
 * In a transaction over RPC, the engine applies the limit of a table scan before it orders. It does not in a subselect.
 */
function isLimitedTooEarly(path: AccessPath, parent: string | undefined, first: OrderColumn | undefined): boolean {
  return path.kind === 'scan' && parent === undefined && (first?.field !== 'id' || first.descending);
}

function pathOf({ node, table, permission }: StatementNode, parent: string | undefined, writer: Writer): AccessPath {
  if (parent !== undefined) return indexFor(table, { kind: 'parent', field: node.field });
  const readerFields = permission.kind === 'where' ? permission.readerFields : [];
  return writer.from?.path ?? accessPath(table, node.plan.where, readerFields);
}

/**
 * Rows that are not found by a scan are selected in a subselect. Without the subselect, the engine takes LIMIT rows
 * from an index before it applies the rest of the condition, treats a list of records as ordered, and, in a block that
 * runs for each parent row, limits before it orders.
 */
function writeSource(
  { node, table }: StatementNode,
  path: AccessPath,
  parent: string | undefined,
  writer: Writer,
): string {
  const name = quoteName(table.name);
  switch (path.kind) {
    case 'index':
      return `(SELECT * FROM ${name} WITH INDEX ${quoteName(path.name)} WHERE ${writeKey(path.by, parent, writer)})`;
    case 'records':
      return `(SELECT * FROM ${writer.bind(path.ids)})`;
    case 'scan':
      if (parent !== undefined)
        return `(SELECT * FROM ${name} WITH NOINDEX WHERE ${quoteName(node.field)} = ${parent})`;
      // When ordered by id, the engine filters and limits while it reads, so only the shown rows are in memory.
      return `${name} WITH NOINDEX`;
  }
}

/** The conditions that the index is read by. */
function writeKey(by: readonly Comparison[] | ReferenceField, parent: string | undefined, writer: Writer): string {
  if (!('kind' in by)) return by.map((one) => writeCondition(one, writer)).join(' AND ');
  return `${quoteName(by.field)} = ${by.kind === 'parent' ? parent : writer.reader()}`;
}

/** Up to this many comparisons take no measurable time (about a microsecond each). */
const CHEAP_MAX = 16;

/** The number of values that each row may be compared with. */
function weightOf(condition: Condition | undefined): number {
  if (condition === undefined) return 0;
  switch (condition.kind) {
    case 'compare':
      return Array.isArray(condition.value) ? condition.value.length : 1;
    case 'not':
      return weightOf(condition.condition);
    default:
      return condition.conditions.reduce((sum, part) => sum + weightOf(part), 0);
  }
}

function permissionConditions(permission: CompiledPermission, writer: Writer): readonly string[] {
  if (permission.kind === 'none') return ['false'];
  if (permission.kind !== 'where') return [];
  return [permission.print(permission.reader === 'nothing' ? '' : writer.reader())];
}

function writeOrdering({ field, descending }: OrderColumn): string {
  return `${quoteName(field)} ${descending ? 'DESC' : 'ASC'}`;
}

const SYMBOLS: Readonly<Record<Operator, string>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: 'INSIDE',
  contains: 'CONTAINS',
};

function writeCondition(condition: Condition, writer: Writer): string {
  switch (condition.kind) {
    case 'compare': {
      const { field, operator, value } = condition;
      return `(${quotePath(field.split('.'))} ${SYMBOLS[operator]} ${writer.bind(value)})`;
    }
    case 'not':
      return `(!${writeCondition(condition.condition, writer)})`;
    case 'all':
    case 'any': {
      if (condition.conditions.length === 0) return condition.kind === 'all' ? 'true' : 'false';
      const parts = condition.conditions.map((part) => writeCondition(part, writer));
      return `(${parts.join(condition.kind === 'all' ? ' AND ' : ' OR ')})`;
    }
  }
}
