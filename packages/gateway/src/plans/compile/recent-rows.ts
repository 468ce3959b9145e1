import { DateTime, type RecordId } from 'surrealdb';
import type { RecentRows } from '../plan.ts';
import { columns } from '../visible-fields.ts';
import { accessPath, indexFor, indexRange } from './access-path.ts';
import { type Restriction, type StatementNode, writeStatement } from './write-statement.ts';

/** Kinds whose index can be read from a value on. */
const KINDS = new Set(['datetime', 'int', 'string']);

/**
 * The last rows by an indexed field, such as the newest threads. Measured for 50 rows with a relation to one: 10 ms
 * when read from a floor, with 2,000 as with 20,000 rows in the table; 30 and 218 ms without a floor. `ORDER BY n DESC`
 * over the index, which the engine reads forwards and sorts, takes three to six times as long as a scan without the
 * index.
 */
export function recentRows(root: StatementNode, reader: RecordId): RecentRows | undefined {
  const { node, table, permission } = root;
  const { orderBy, limit, single, offset, select, where } = node.plan;
  const [order] = orderBy;
  const isLimited = single || limit !== undefined;
  if (order?.descending !== true || !isLimited || node.count === 0 || offset > 0) return undefined;
  const { field } = order;
  const isShown =
    (select ?? columns(table)).includes(field) && !root.children.some((child) => child.node.name === field);
  if (!isShown || !KINDS.has(table.fields.get(field)?.kind ?? '')) return undefined;
  const usual = accessPath(table, where, permission.kind === 'where' ? permission.readerFields : []);
  if (usual.kind !== 'scan' || indexFor(table, { kind: 'parent', field }).kind !== 'index') return undefined;
  return {
    field,
    statement: (prefix, floor) => writeStatement(root, reader, prefix, restrictionFrom(root, field, floor)),
  };
}

function restrictionFrom({ table }: StatementNode, field: string, floor: unknown): Restriction | undefined {
  const isSupported = typeof floor === 'string' || typeof floor === 'bigint' || Number.isSafeInteger(floor);
  if (!isSupported && !(floor instanceof DateTime)) return undefined;
  const condition = { kind: 'compare', field, operator: 'gte', value: floor } as const;
  return { path: indexFor(table, [indexRange(condition)]), condition };
}
