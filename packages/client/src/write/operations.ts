import { isPlain, RECORD_ID_MAX, type WireRecordId, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { ClientError, type PayloadIssue } from '../errors.ts';
import { membersOf, recordsOf, requireField, requireRecordId, requireTable } from '../query/schema-lookup.ts';
import { encodeSendable } from '../query/sendable.ts';
import type { SchemaDefinition } from '../schema-types.ts';
import { randomKey } from './record-key.ts';

/*
 * Writes as data. Each record is made under an id that is chosen here, so a write that is sent twice has one effect.
 */

export function createOf(schema: SchemaDefinition, table: string, fields: object): WireWrite {
  requireTable(schema, table);
  const { id: given, ...content } = Object.fromEntries(fieldsOf(fields));
  const id = given === undefined ? new RecordId(table, randomKey()) : requireRecordId(given, invalid);
  if (id.table.name !== table) throw invalid(`${id} is not an id of "${table}".`);
  // A field that is left out and one that is undefined are the same to a new record.
  const entries = Object.entries(content).filter(([, value]) => value !== undefined);
  return { kind: 'create', id: encodeId(id), fields: encodeFields(schema, table, entries) };
}

/**
 * @param baseOf returns the values that the writer saw of these fields, as far as they are known. Default: none, so the
 *   last write wins
 */
export function updateOf(
  schema: SchemaDefinition,
  given: unknown,
  fields: object,
  baseOf: (id: RecordId, names: readonly string[]) => Readonly<Record<string, WireValue>> = () => ({}),
): WireWrite {
  const id = requireIdOf(schema, given);
  const entries = fieldsOf(fields);
  if (entries.length === 0) throw invalid(`update of ${id} contains no field to set.`);
  const write = { kind: 'update', id: encodeId(id), fields: encodeFields(schema, id.table.name, entries) } as const;
  const base = baseOf(id, Object.keys(write.fields));
  return Object.keys(base).length === 0 ? write : { ...write, base };
}

/** Fields of a row that are not sent, encoded: guesses, and values that the writer saw. */
export function fieldsOfRow(schema: SchemaDefinition, table: string, fields: object): Record<string, WireValue> {
  return encodeFields(
    schema,
    table,
    fieldsOf(fields).filter(([name]) => name !== 'id'),
  );
}

export function deleteOf(schema: SchemaDefinition, given: unknown): WireWrite {
  return { kind: 'delete', id: encodeId(requireIdOf(schema, given)) };
}

/** @throws SPOOKY_CLIENT_LIMIT */
export function encodeId(id: RecordId): WireRecordId {
  const { length } = id.toString();
  if (length > RECORD_ID_MAX) {
    throw new ClientError('SPOOKY_CLIENT_LIMIT', `A record id has at most ${RECORD_ID_MAX} characters, not ${length}.`);
  }
  return encodeSendable('id', id, 'stored', invalid) as WireRecordId;
}

function requireIdOf(schema: SchemaDefinition, given: unknown): RecordId {
  const id = requireRecordId(given, invalid);
  requireTable(schema, id.table.name);
  return id;
}

function fieldsOf(fields: unknown): [string, unknown][] {
  if (!isPlain(fields)) throw invalid('The fields of a write must be a plain object.');
  return membersOf(fields, invalid);
}

function encodeFields(
  schema: SchemaDefinition,
  table: string,
  entries: readonly [string, unknown][],
): Record<string, WireValue> {
  const encoded = entries.map(([field, value]): [string, WireValue] => {
    requireField(schema, table, field);
    const place = `${table}.${field}`;
    return [
      field,
      encodeSendable(
        place,
        recordsOf(schema, table, field, value, (problem) => invalid(`${place}: ${problem}`)),
        'stored',
        invalid,
      ),
    ];
  });
  return Object.fromEntries(encoded);
}

function invalid(message: string, issues: readonly PayloadIssue[] = []): ClientError {
  return new ClientError('SPOOKY_CLIENT_INVALID_WRITE', message, { issues });
}
