import type { RecordId } from 'surrealdb';
import type { CompiledPermission } from '../permissions/compile-permission.ts';
import type { TableSchema } from '../schema/database-schema.ts';
import { ROWS_MAX } from '../wire/limits.ts';
import { type AccessPath, accessPath, type Comparison, indexFor, type OwnField } from './access-path.ts';
import { quoteName, quotePath } from './names.ts';
import type { Condition, Operator, Plan, PlanNode, Statement } from './plan.ts';
import { columns } from './visible-fields.ts';

/** A node with what its statement is made of. */
export interface StatementNode {
  readonly node: PlanNode;
  readonly table: TableSchema;
  readonly permission: CompiledPermission;
  readonly children: readonly StatementNode[];
}

/**
 * Writes a plan as one SELECT, so that its rows and all related rows are of one snapshot.
 *
 * Each node is two levels: the inner SELECT finds, orders and cuts the rows, the outer one adds the related rows. So
 * related rows are read only for rows that are shown, and a field may have the name of a relation. Fields are always
 * named: `*` would show hidden ones.
 *
 * @param reader bound where a permission reads it
 * @param from reads only a part of the plan's own rows
 */
export function writeStatement(root: StatementNode, reader: RecordId, prefix: string, from?: Part): Statement {
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

/** Rows that fulfil a condition, and a way to find all of them, and perhaps others. */
export interface Part {
  readonly path: AccessPath;
  readonly condition: Comparison;
}

interface Writer {
  readonly prefix: string;
  readonly from: Part | undefined;
  bind(value: unknown): string;
  reader(): string;
}

/** @param parent the parameter that holds the parent's id (to many), or the link's expression (to one) */
function writeNode(at: StatementNode, parent: string | undefined, writer: Writer): string {
  const shown = shownColumns(at);
  const links = at.children.flatMap(({ node }) =>
    node.linkColumn === undefined ? [] : [{ field: node.field, column: node.linkColumn }],
  );
  const ordered = at.node.plan.orderBy.map(({ field }) => field);
  const inner = [...new Set(['id', ...shown, ...ordered])].map(quoteName);
  const needed = [...inner, ...links.map(({ field, column }) => `${quoteName(field)} AS ${quoteName(column)}`)];
  const rows = `SELECT ${needed.join(', ')} FROM ${writeRows(at, parent, writer)}`;
  if (at.children.length === 0 && inner.length === shown.length + 1) return rows;
  const outer = [
    ...['id', ...shown.filter((name) => !at.children.some(({ node }) => node.name === name))].map(quoteName),
    ...links.map(({ column }) => quoteName(column)),
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
  // The engine uses the index for a parameter, and reads the whole table for `$parent.id`.
  const parameter = `$${writer.prefix}p${index}`;
  return `{ LET ${parameter} = id; RETURN (${writeNode(child, parameter, writer)}) }`;
}

/** What follows FROM: the source, and the conditions, order and slice of the node's own rows. */
function writeRows(at: StatementNode, parent: string | undefined, writer: Writer): string {
  const { node, permission } = at;
  const { where, orderBy, single, limit, offset } = node.plan;
  const own = [
    ...(where === undefined ? [] : [writeCondition(where, writer)]),
    ...(parent !== undefined || writer.from === undefined ? [] : [writeCondition(writer.from.condition, writer)]),
  ];
  const allowed = permissionConditions(permission, writer);
  // A cheap condition first saves permissions that follow records. An expensive one would tell, by its time, what hidden rows hold.
  const conditions = weightOf(where) > CHEAP_MAX ? [...allowed, ...own] : [...own, ...allowed];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  if (parent !== undefined && !node.many) return `${parent}${filter} LIMIT 1`;
  const order = orderBy.length === 0 ? [{ field: 'id', descending: false }] : orderBy;
  const count = Math.min(single ? 1 : ROWS_MAX + 1, limit ?? ROWS_MAX + 1);
  const path = pathOf(at, parent, writer);
  const source = writeSource(at, path, parent, writer);
  const rows = isCutTooEarly(path, parent, order[0])
    ? // With more rows than a view may have, their order does not matter: no more than that are sorted.
      `(SELECT * FROM ${source}${filter}${limit === undefined && !single ? ` LIMIT ${count + offset}` : ''})`
    : `${source}${filter}`;
  // Written as numbers: for a parameter, the engine sorts all rows in place of keeping the first ones.
  const slice = `LIMIT ${count}${offset === 0 ? '' : ` START ${offset}`}`;
  return `${rows} ORDER BY ${order.map(writeOrdering).join(', ')} ${slice}`;
}

/** In a transaction over RPC the engine cuts a table that it scans before it orders; not a subselect. */
function isCutTooEarly(
  path: AccessPath,
  parent: string | undefined,
  first: Plan['orderBy'][number] | undefined,
): boolean {
  return path.kind === 'scan' && parent === undefined && (first?.field !== 'id' || first.descending);
}

function pathOf({ node, table, permission }: StatementNode, parent: string | undefined, writer: Writer): AccessPath {
  if (parent !== undefined) return indexFor(table, { kind: 'parent', field: node.field });
  const readerFields = permission.kind === 'where' ? permission.readerFields : [];
  return writer.from?.path ?? accessPath(table, node.plan.where, readerFields);
}

/**
 * Rows that are not found by a scan come out of a subselect. Without one, the engine takes LIMIT rows from an index
 * before it applies the rest of the condition, takes a list of records for ordered, and in a block that is evaluated for
 * each parent row cuts before it orders.
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
      // By id it filters and cuts while it reads, so no more than the shown rows are in memory.
      return `${name} WITH NOINDEX`;
  }
}

/** The condition that an index is read by. */
function writeKey(by: Comparison | OwnField, parent: string | undefined, writer: Writer): string {
  if (by.kind === 'compare') return writeCondition(by, writer);
  return `${quoteName(by.field)} = ${by.kind === 'parent' ? parent : writer.reader()}`;
}

/** Comparisons that the reader may add without measurable time: a microsecond each. */
const CHEAP_MAX = 16;

/** With how many values a row may be compared. */
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

function writeOrdering({ field, descending }: { readonly field: string; readonly descending: boolean }): string {
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
