import type { DatabaseSchema, TableSchema } from '../../schema/database-schema.ts';
import { linkedTable } from '../../schema/kinds.ts';
import type { Plan, Relation } from '../plan.ts';
import { badPlan, describeValue } from '../plan-error.ts';
import { columns } from '../visible-fields.ts';
import { flagOf, membersOf, textOf } from './read-members.ts';

/** Checks one relation. `planOf` checks the plan for the other table. */
export function validateRelation(
  table: TableSchema,
  schema: DatabaseSchema,
  value: unknown,
  path: string,
  planOf: (plan: unknown, many: boolean) => Plan,
): Relation {
  const members = membersOf(value, path, ['name', 'many', 'field', 'plan']);
  const many = flagOf(members.get('many'), `${path}.many`);
  const field = textOf(members.get('field'), `${path}.field`);
  const plan = planOf(members.get('plan'), many);
  if (many) checkMany(table, schema, field, plan, path);
  else checkOne(table, field, plan, path);
  const name = nameOf(table, members.get('name'), many ? undefined : field, `${path}.name`);
  return { name, many, field, plan };
}

function nameOf(table: TableSchema, value: unknown, ownField: string | undefined, path: string): string {
  const name = textOf(value, path);
  if (!/^(?!__)[A-Za-z_]\w{0,63}$/.test(name) || name === 'id' || name === 'constructor') {
    throw badPlan(
      path,
      `${describeValue(name)} is not a valid name for a relation; use letters, digits and _, not beginning with __.`,
    );
  }
  if (name !== ownField && columns(table).includes(name)) {
    throw badPlan(path, `${table.name} has a field "${name}"; give the relation another name.`);
  }
  return name;
}

function checkOne(table: TableSchema, field: string, plan: Plan, path: string): void {
  const isVisible = columns(table).includes(field);
  const target = isVisible ? linkedTable(table.fields.get(field)?.kind) : undefined;
  if (target !== plan.table) {
    throw badPlan(
      `${path}.field`,
      `${describeValue(field)} is not a field of ${table.name} that holds a record of ${plan.table}.`,
    );
  }
  const { where, orderBy, limit, offset, single, count } = plan;
  if (count || where !== undefined || orderBy.length > 0 || limit !== undefined || offset !== 0 || single) {
    throw badPlan(`${path}.plan`, 'a relation to one has at most one row; leave only table, select and related.');
  }
}

function checkMany(table: TableSchema, schema: DatabaseSchema, field: string, plan: Plan, path: string): void {
  const other = schema.tables.get(plan.table);
  const isVisible = other !== undefined && columns(other).includes(field);
  if (!isVisible || linkedTable(other.fields.get(field)?.kind) !== table.name) {
    throw badPlan(
      `${path}.field`,
      `${describeValue(field)} is not a field of ${plan.table} that holds a record of ${table.name}.`,
    );
  }
  if (!other.indexes.some(({ fields }) => fields[0] === field)) {
    throw badPlan(
      `${path}.field`,
      `no index of ${plan.table} begins with "${field}"; define one, so that rows are found.`,
    );
  }
}
