import { RecordId, StringRecordId } from 'surrealdb';
import { ClientError } from '../errors.ts';
import type { RelationDefinition, SchemaDefinition, TableDefinition } from '../schema-types.ts';
import { parseRecordId } from './record-id.ts';

/** Checks a table name. Only own properties count: `constructor` is not a table. */

export function requireTable(schema: SchemaDefinition, table: string): TableDefinition {
  const definition = Object.hasOwn(schema.tables, table) ? schema.tables[table] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_TABLE',
    `There is no table "${table}". The schema has: ${Object.keys(schema.tables).join(', ')}. After you change the schema, run \`spooky generate\`.`,
  );
}

export function requireField(schema: SchemaDefinition, table: string, field: string): string {
  const { fields } = requireTable(schema, table);
  if (field === 'id' || fields.includes(field)) return field;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_FIELD',
    `The table "${table}" has no field "${field}". It has: ${fields.join(', ')}. After you change the schema, run \`spooky generate\`.`,
  );
}

export function requireRelation(schema: SchemaDefinition, table: string, relation: string): RelationDefinition {
  const { relations } = requireTable(schema, table);
  const definition = Object.hasOwn(relations, relation) ? relations[relation] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_RELATION',
    `The table "${table}" has no relation "${relation}". It has: ${Object.keys(relations).join(', ') || 'none'}. After you change the schema, run \`spooky generate\`.`,
  );
}

/**
 * Converts a value for a field. In a field of record type, texts such as `thread:abc` become record ids, also inside of
 * a list. In other fields text stays text.
 *
 * @param refuse makes the error for a text that is not a record id
 */
export function recordsOf(
  schema: SchemaDefinition,
  table: string,
  field: string,
  value: unknown,
  refuse: (problem: string) => ClientError,
): unknown {
  const isRecord = field === 'id' || requireTable(schema, table).records?.includes(field);
  if (!isRecord) return value;
  if (Array.isArray(value)) return value.map((item) => recordsOf(schema, table, field, item, refuse));
  return typeof value === 'string' || value instanceof StringRecordId ? requireRecordId(value, refuse) : value;
}

/** Returns a RecordId for a RecordId or its text. */
export function requireRecordId(id: unknown, refuse: (problem: string) => ClientError): RecordId {
  if (id instanceof RecordId) return id;
  const text = id instanceof StringRecordId ? id.toString() : id;
  const parsed = typeof text === 'string' ? parseRecordId(text) : undefined;
  if (parsed !== undefined) return parsed;
  const shown = typeof text === 'string' ? JSON.stringify(text) : `A ${typeof text}`;
  throw refuse(
    `${shown} is not a record id. Use the id of a row, a text such as 'table:key', or new RecordId('table', key).`,
  );
}

/** Returns the members of a plain object, which may be a proxy or have getters. */
export function membersOf(value: object, refuse: (problem: string) => ClientError): [string, unknown][] {
  try {
    return Object.entries(value);
  } catch {
    throw refuse('Reading this value throws an error; copy its fields into a plain object.');
  }
}
