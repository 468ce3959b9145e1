import { RecordId } from 'surrealdb';
import { ClientError } from './errors.ts';
import { type Condition, OPERATORS, type Operator } from './query-plan.ts';
import type { RelationDefinition, SchemaDefinition, TableDefinition } from './schema-types.ts';

/** The checks of everything that a program hands in by name. Own keys only: `constructor` is no table. */

export function requireTable(schema: SchemaDefinition, table: string): TableDefinition {
  const definition = Object.hasOwn(schema.tables, table) ? schema.tables[table] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_TABLE',
    `There is no table "${table}". The schema has: ${Object.keys(schema.tables).join(', ')}. After a change of the schema, run \`spooky generate\`.`,
  );
}

export function requireField(schema: SchemaDefinition, table: string, field: string): string {
  const { fields } = requireTable(schema, table);
  if (field === 'id' || fields.includes(field)) return field;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_FIELD',
    `The table "${table}" has no field "${field}". It has: ${fields.join(', ')}. After a change of the schema, run \`spooky generate\`.`,
  );
}

export function requireRelation(schema: SchemaDefinition, table: string, relation: string): RelationDefinition {
  const { relations } = requireTable(schema, table);
  const definition = Object.hasOwn(relations, relation) ? relations[relation] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_RELATION',
    `The table "${table}" has no relation "${relation}". It has: ${Object.keys(relations).join(', ') || 'none'}.`,
  );
}

export function requireCount(what: 'limit' | 'offset', count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new ClientError('SPOOKY_CLIENT_INVALID_QUERY', `${what} must be a whole number from 0 on, not ${count}.`);
}

/** A `where` object as a list of conditions. */
export function conditionsOf(schema: SchemaDefinition, table: string, where: object): Condition[] {
  return Object.entries(where).flatMap(([field, value]) => {
    requireField(schema, table, field);
    const conditions = isPlainObject(value)
      ? operatorsOf(table, field, value)
      : [{ field, operator: 'eq', value } as const];
    for (const condition of conditions) if (field === 'id') requireRecordOf(table, condition);
    return conditions;
  });
}

function operatorsOf(table: string, field: string, operators: Record<string, unknown>): Condition[] {
  return Object.entries(operators).map(([operator, value]) => {
    if (Object.hasOwn(OPERATORS, operator)) return { field, operator: operator as Operator, value };
    throw new ClientError(
      'SPOOKY_CLIENT_INVALID_QUERY',
      `where: "${operator}" of ${table}.${field} is no operator. Use ${Object.keys(OPERATORS).join(', ')}; to compare with an object, write { eq: object }.`,
    );
  });
}

/** A text that looks like an id compares equal to nothing, silently: say so instead. */
function requireRecordOf(table: string, { operator, value }: Condition): void {
  if (operator !== 'eq' || (value instanceof RecordId && value.table.name === table)) return;
  throw new ClientError(
    'SPOOKY_CLIENT_INVALID_QUERY',
    `where: the id of "${table}" must be a RecordId of that table, such as new RecordId('${table}', key), not ${String(value)}.`,
  );
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
