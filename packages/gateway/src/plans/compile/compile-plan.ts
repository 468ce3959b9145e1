import { createHash } from 'node:crypto';
import type { RecordId } from 'surrealdb';
import { type CompiledPermission, compilePermission } from '../../permissions/compile-permission.ts';
import type { DatabaseSchema, TableSchema } from '../../schema/database-schema.ts';
import { ROWS_MAX } from '../../wire/limits.ts';
import { encodeValue } from '../../wire/value.ts';
import type { Compile, CompiledPlan, NodePermission, OrderColumn, Plan, PlanNode, Relation } from '../plan.ts';
import { badPlan } from '../plan-error.ts';
import { columns, visibleTable } from '../visible-fields.ts';
import { recentRows } from './recent-rows.ts';
import { fieldsOf, requireVisible } from './require-visible.ts';
import { type StatementNode, writeRowsOf, writeStatement } from './write-statement.ts';

/**
 * The number of rows that a list with a limit holds beyond those it shows. They take the places of rows that leave the
 * list, so that it need not be read again for each.
 */
function reserveOf(count: number): number {
  return Math.min(8, Math.max(2, count));
}

/** Creates the compiler for one version of the schema. Permissions are compiled once per table and table of readers. */
export function createCompiler(schema: DatabaseSchema): Compile {
  const permissions = new Map<string, CompiledPermission>();

  function permissionOf(table: TableSchema, readerTable: string): CompiledPermission {
    const key = JSON.stringify([table.name, readerTable]);
    const known = permissions.get(key);
    if (known !== undefined) return known;
    const made = compilePermission(table.permissions.select, { schema, table, readerTable });
    permissions.set(key, made);
    return made;
  }

  return (plan, reader) => {
    const nodes: StatementNode[] = [];
    const root = nodeOf(plan, undefined, undefined);

    function nodeOf(own: Plan, relation: Relation | undefined, parent: StatementNode | undefined): StatementNode {
      const table = visibleTable(schema, own.table);
      if (table === undefined)
        throw badPlan('plan', `the table ${own.table} does not exist any more; the schema has changed.`);
      requireVisible(own, table, relation, parent?.table);
      const permission = permissionOf(table, reader.table.name);
      const index = nodes.length;
      const children: StatementNode[] = [];
      const replaced = new Set(own.related.map(({ name }) => name));
      const shown = (own.select ?? columns(table)).filter((name) => !replaced.has(name));
      const count = Math.min(own.single ? 1 : ROWS_MAX + 1, own.limit ?? ROWS_MAX + 1);
      const node: PlanNode = {
        index,
        parent: parent?.node.index ?? -1,
        name: relation?.name ?? '',
        table: own.table,
        many: relation?.many ?? true,
        single: own.single,
        shows: own.count ? 'number' : 'rows',
        plan: own,
        field: relation?.field ?? '',
        linkColumn:
          relation === undefined || relation.many ? undefined : unusedColumn(parent?.table, `__link_${index}`),
        columns: [...shown, 'id'].sort(),
        order: orderOf(own, shown, table),
        count,
        fetched: own.offset > 0 ? count : Math.min(ROWS_MAX + 1, count + reserveOf(count)),
        follows: permission.kind === 'where' ? permission.follows : [],
        readerMembers: permission.kind === 'where' ? permission.readerMembers : [],
        readsReader: permission.kind === 'where' && permission.reader === 'row' ? reader : undefined,
        permission: boundTo(reader, permission),
      };
      const made: StatementNode = { node, table, permission, children };
      nodes.push(made);
      for (const inner of own.related) children.push(nodeOf(inner.plan, inner, made));
      return made;
    }

    return compiled(plan, root, nodes, reader);
  };
}

/** The order of a list. A field that is not shown under its own name has a column of its own. */
function orderOf({ orderBy }: Plan, shown: readonly string[], table: TableSchema): readonly OrderColumn[] {
  const order = orderBy.length === 0 ? [{ field: 'id', descending: false }] : orderBy;
  return order.map(({ field, descending }, index) => {
    const isShown = field === 'id' || shown.includes(field);
    return { field, descending, column: isShown ? field : unusedColumn(table, `__order_${index}`) };
  });
}

function boundTo(reader: RecordId, permission: CompiledPermission): NodePermission {
  if (permission.kind !== 'where') return { kind: permission.kind };
  const { test, isDecidable } = permission;
  return { kind: 'where', isVisible: (row, recordOf) => test(row, reader, recordOf), isDecidable };
}

/** A column name that no field of the table has. */
function unusedColumn(table: TableSchema | undefined, name: string): string {
  return table?.fields.has(name) === true ? unusedColumn(table, `${name}_`) : name;
}

function compiled(plan: Plan, root: StatementNode, nodes: readonly StatementNode[], reader: RecordId): CompiledPlan {
  const reasons = nodes.flatMap(({ node, table, permission }) => [
    ...(permission.kind === 'engine' ? [`the select permission of ${node.table}: ${permission.reason}`] : []),
    ...computedFields(node.plan, table).map((name) => `${node.table}.${name} is computed`),
  ]);
  const live: CompiledPlan['live'] =
    reasons[0] === undefined ? { kind: 'exact' } : { kind: 'engine', reason: reasons.join('; ') };
  const written = live.kind === 'exact' ? root : withoutPermissions(root);
  const planNodes = nodes.map(({ node }) => node);
  const tables = new Set(
    planNodes.flatMap(({ table, follows, readsReader }) => [
      table,
      ...follows.map((followed) => followed.table),
      ...(readsReader === undefined ? [] : [readsReader.table.name]),
    ]),
  );
  const statement = (prefix: string) => writeStatement(written, reader, prefix);
  const rows = (node: number, prefix: string, ids: readonly RecordId[]) => {
    const at = nodes[node];
    if (at === undefined) throw new RangeError(`The plan has no node ${node}.`);
    return writeRowsOf(at, reader, prefix, ids);
  };
  const unrestricted = (prefix: string) => writeStatement(withoutPermissions(root), reader, prefix);
  const key = keyOf(statement('k'), planNodes, live.kind, reader);
  const recent = recentRows(written, reader);
  const made = { plan, nodes: planNodes, key, live, tables, statement, rows, unrestricted, recent, total: undefined };
  return planNodes.some(({ shows }) => shows === 'number') ? { ...made, total: totalOf(made, written, reader) } : made;
}

/** The permissions stay in the statement, although the engine applies them as well in the reader's session. */
function totalOf(made: CompiledPlan, written: StatementNode, reader: RecordId): CompiledPlan {
  const root = withTotals(written);
  return {
    ...made,
    nodes: made.nodes.map(nodeWithTotal),
    live: { kind: 'engine', reason: 'it counts more rows than a view may hold' },
    statement: (prefix) => writeStatement(root, reader, prefix),
  };
}

function withTotals({ node, children, ...at }: StatementNode): StatementNode {
  return { ...at, node: nodeWithTotal(node), children: children.map(withTotals) };
}

function nodeWithTotal(node: PlanNode): PlanNode {
  return node.shows === 'number' ? { ...node, shows: 'total' } : node;
}

/** A computed field may read any record, with the permissions of the user who asks. */
function computedFields({ select, where, orderBy }: Plan, table: TableSchema): readonly string[] {
  const used = [...(select ?? columns(table)), ...fieldsOf(where), ...orderBy.map(({ field }) => field)];
  return [...new Set(used)].filter((name) => table.fields.get(name)?.isComputed === true);
}

/** For the reader's own session, in which the engine applies the permissions. */
function withoutPermissions({ children, ...at }: StatementNode): StatementNode {
  return { ...at, permission: { kind: 'all' }, children: children.map(withoutPermissions) };
}

/**
 * Hashes the statement with its values, the shape of the result and, if the engine applies the permissions, the reader.
 */
function keyOf(
  { text, bindings }: ReturnType<CompiledPlan['statement']>,
  nodes: readonly PlanNode[],
  kind: CompiledPlan['live']['kind'],
  reader: RecordId,
): string {
  // A list of ids is nested one level deeper than what the browser sent.
  const values = Object.values(bindings).map((value) => encodeValue(value, -1));
  const shapes = nodes.map(({ single, many, shows }) => [single, many, shows]);
  const who = kind === 'engine' ? encodeValue(reader) : null;
  return createHash('sha256')
    .update(JSON.stringify([text, values, shapes, who]))
    .digest('base64url');
}
