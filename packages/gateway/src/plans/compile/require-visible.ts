import type { TableSchema } from '../../schema/database-schema.ts';
import type { Condition } from '../condition.ts';
import type { Plan, Relation } from '../plan.ts';
import { badPlan } from '../plan-error.ts';
import { columns, visibleField } from '../visible-fields.ts';

/**
 * Refuses a node that names a field which clients may no longer read. Such a plan was checked against an earlier
 * schema. Its view would keep showing the field, or would reveal its value by a condition or an order.
 *
 * @param table the node's own table
 * @param parent the table that the relation belongs to
 * @throws GatewayError SPOOKY_GATEWAY_BAD_PLAN
 */
export function requireVisible(plan: Plan, table: TableSchema, relation?: Relation, parent?: TableSchema): void {
  const { select = [], where, orderBy } = plan;
  const shown = [...select, ...orderBy.map(({ field }) => field).filter((field) => field !== 'id')];
  for (const name of shown) if (!columns(table).includes(name)) throw gone(table, name);
  for (const name of fieldsOf(where)) {
    if (name !== 'id' && visibleField(table, name) === undefined) throw gone(table, name);
  }
  const holder = relation?.many === false ? parent : table;
  if (relation && holder && !columns(holder).includes(relation.field)) throw gone(holder, relation.field);
}

/** The fields that a condition names. */
export function fieldsOf(condition: Condition | undefined): readonly string[] {
  if (condition === undefined) return [];
  switch (condition.kind) {
    case 'compare':
      return [condition.field];
    case 'not':
      return fieldsOf(condition.condition);
    default:
      return condition.conditions.flatMap(fieldsOf);
  }
}

function gone(table: TableSchema, name: string): Error {
  return badPlan('plan', `clients may not read ${table.name}.${name} any more; the schema has changed.`);
}
