import { equals, type RecordId } from 'surrealdb';
import type { Change } from './changes.ts';
import type { Condition, QueryPlan } from './query-plan.ts';

/**
 * Can this change alter the result of this query? Answers true when in doubt: a wrong yes costs a read, a wrong no
 * shows old data for good.
 *
 * `result` is what the last read gave, and was read after everything before `change` had been taken in.
 */
export function concerns(plan: QueryPlan, result: unknown, change: Change): boolean {
  const rows = rowsOf(result);
  if (plan.table === change.table && touchesRows(plan, rows, change)) return true;
  return plan.relations.some(({ name, many, field, plan: child }) => {
    const children = rows.flatMap((row) => rowsOf(row[name]));
    if (child.table === change.table && !many && children.some((row) => isRecord(row.id, change.id))) return true;
    if (child.table === change.table && many && touchesChildren(child, rows, children, field, change)) return true;
    return child.relations.length > 0 && concerns({ ...child, table: '' }, children, change);
  });
}

/** A row that is shown; or one that may come in; or, behind an offset, any row at all, because it moves the others. */
function touchesRows(plan: QueryPlan, rows: readonly Row[], change: Change): boolean {
  if (plan.offset !== undefined) return true;
  return rows.some((row) => isRecord(row.id, change.id)) || mayMatch(plan.where, change);
}

function touchesChildren(
  child: QueryPlan,
  parents: readonly Row[],
  children: readonly Row[],
  field: string,
  change: Change,
): boolean {
  if (children.some((row) => isRecord(row.id, change.id))) return true;
  const parent = change.row[field];
  const isOurs = parent === undefined || parents.some((row) => isRecord(row.id, parent));
  return isOurs && (child.offset !== undefined || mayMatch(child.where, change));
}

/** Only equality is decided here; what the change does not tell, or another operator asks, may well hold. */
function mayMatch(where: readonly Condition[], change: Change): boolean {
  return where.every(({ field, operator, value }) => {
    if (operator !== 'eq') return true;
    if (field === 'id') return isRecord(value, change.id);
    const actual = change.row[field];
    return actual === undefined || equals(actual, value);
  });
}

type Row = Readonly<Record<string, unknown>> & { readonly id?: unknown };

function rowsOf(value: unknown): readonly Row[] {
  if (Array.isArray(value)) return value.filter((row): row is Row => typeof row === 'object' && row !== null);
  return typeof value === 'object' && value !== null ? [value as Row] : [];
}

function isRecord(value: unknown, id: unknown): boolean {
  return value === id || equals(value, id as RecordId);
}
