/*
 * A compiler for tests of rounds and views. It supports equality in `where`, relations, order, limit, and one
 * permission text per table. If it cannot compile a plan, the test is wrong.
 */
import type { Queries } from '@spookify/surreal-link';
import { escapeIdent, type RecordId } from 'surrealdb';
import type { Condition } from '../plans/condition.ts';
import type { Compile, CompiledPlan, Plan, PlanNode, Relation, Statement } from '../plans/plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { ROWS_MAX } from '../wire/limits.ts';

/** What a reader may see of a table. `$auth` is the reader. */
export interface SimplePermission {
  readonly where: string;
  readonly follows?: PlanNode['follows'];
  /** Whether only the engine can evaluate the permission. */
  readonly isOfEngine?: boolean;
}

export function plan(table: string, parts: Partial<Plan> = {}): Plan {
  return {
    table,
    select: undefined,
    where: undefined,
    orderBy: [],
    limit: undefined,
    offset: 0,
    single: false,
    count: false,
    related: [],
    ...parts,
  };
}

export const equal = (field: string, value: unknown): Condition => ({ kind: 'compare', field, operator: 'eq', value });

export function simpleCompiler(permissions: Readonly<Record<string, SimplePermission>>): () => Compile {
  return () => (root, reader) => compile(root, reader, permissions);
}

const ID_ORDER = { field: 'id', descending: false } as const;

/** A reserve of two rows, so that tests need few rows to use it up. */
function fetchedOf({ limit, offset }: Plan): number {
  if (limit === undefined) return ROWS_MAX + 1;
  return offset > 0 ? limit : limit + 2;
}

function compile(root: Plan, reader: RecordId, permissions: Readonly<Record<string, SimplePermission>>): CompiledPlan {
  const nodes: PlanNode[] = [];
  const values: unknown[] = [];
  const rowsTexts: string[] = [];
  const permissionOf = (table: string): SimplePermission => permissions[table] ?? { where: 'true' };

  function select(node: Plan, relation: Relation | undefined, parent: number, isUnrestricted: boolean): string {
    const index = nodes.length;
    const { where, follows = [] } = permissionOf(node.table);
    nodes.push({
      index,
      parent,
      name: relation?.name ?? '',
      table: node.table,
      many: relation?.many ?? true,
      single: node.single,
      shows: 'rows',
      plan: node,
      field: relation?.field ?? '',
      linkColumn: relation && !relation.many ? relation.field : undefined,
      follows,
      readsReader: undefined,
      readerMembers: [],
      columns: 'all',
      order: [...node.orderBy, ID_ORDER].map((order) => ({ ...order, column: order.field })),
      count: node.limit ?? ROWS_MAX + 1,
      fetched: fetchedOf(node),
      permission: where === 'true' ? { kind: 'all' } : { kind: 'engine' },
    });
    const related = node.related.map(
      (inner) => `(${select(inner.plan, inner, index, isUnrestricted)}) AS ${escapeIdent(inner.name)}`,
    );
    const conditions = [isUnrestricted ? 'true' : `(${where})`];
    if (node.where) conditions.push(condition(node.where));
    if (relation?.many) conditions.push(`${relation.field} = $parent.id`);
    const orderBy = [...node.orderBy, ID_ORDER];
    const order = orderBy.map(({ field, descending }) => `${field} ${descending ? 'DESC' : 'ASC'}`);
    const limit = fetchedOf(node) > ROWS_MAX ? '' : ` LIMIT ${fetchedOf(node)}`;
    const start = node.offset === 0 ? '' : ` START ${node.offset}`;
    const filter = `WHERE ${conditions.join(' AND ')}`;
    const own = relation?.many ? conditions.slice(0, -1) : conditions;
    rowsTexts[index] ??= `SELECT ${['*', ...related].join(', ')} FROM (SELECT * FROM $~ids WHERE ${own.join(' AND ')})`;
    // In an RPC transaction, the engine would apply a table's LIMIT before it orders the rows.
    const from = relation
      ? `${relation.many ? node.table : `$parent.${relation.field}`} ${filter}`
      : `(SELECT * FROM ${node.table} ${filter})`;
    return `SELECT ${['*', ...related].join(', ')} FROM ${from}
      ORDER BY ${order.join(', ')}${limit}${start}`;
  }

  function condition(item: Condition): string {
    switch (item.kind) {
      case 'all':
        return `(${item.conditions.map(condition).join(' AND ')})`;
      case 'compare': {
        values.push(item.value);
        return `${item.field} = $~${values.length - 1}`;
      }
      default:
        throw new TypeError(`no ${item.kind} in simple plans`);
    }
  }

  const text = select(root, undefined, -1, false);
  const made = [...nodes];
  const bound = values.slice();
  const unrestrictedText = select(root, undefined, -1, true);
  const statement =
    (source: string) =>
    (prefix: string): Statement => ({
      text: source.replaceAll('$~', `$${prefix}p`).replaceAll('$auth', `$${prefix}auth`),
      bindings: {
        [`${prefix}auth`]: reader,
        ...Object.fromEntries([...bound, ...bound].map((value, index) => [`${prefix}p${index}`, value])),
      },
    });
  const isOfEngine = made.some(({ table }) => permissionOf(table).isOfEngine);
  const dependsOnReader = made.some(({ table }) => permissionOf(table).where.includes('$auth'));
  return {
    plan: root,
    nodes: made,
    key: `${text} ${bound.map(String).join(' ')} ${JSON.stringify(bound)} ${dependsOnReader ? reader : ''}`,
    live: isOfEngine ? { kind: 'engine', reason: 'the test says so' } : { kind: 'exact' },
    tables: new Set(made.flatMap(({ table, follows }) => [table, ...follows.map((follow) => follow.table)])),
    statement: statement(isOfEngine ? unrestrictedText : text),
    rows(node, prefix, ids) {
      const { text: rowsText, bindings } = statement((rowsTexts[node] ?? '').replaceAll('$~ids', `$${prefix}ids`))(
        prefix,
      );
      return { text: rowsText, bindings: { ...bindings, [`${prefix}ids`]: ids } };
    },
    unrestricted: statement(unrestrictedText),
    recent: undefined,
    total: undefined,
  };
}

/** A schema that is empty except for its hash. */
export async function readSimpleSchema(queries: Queries): Promise<DatabaseSchema> {
  const info = await queries.query('INFO FOR DB');
  return { tables: new Map(), functions: new Map(), accesses: new Map(), hash: JSON.stringify(info) };
}
