import { encodeValue, type WireValue } from '@spookify/gateway/wire';
import { DateTime, type RecordId } from 'surrealdb';
import type { SchemaDefinition } from '../schema-types.ts';

/**
 * What a new record probably gets for the fields that a write leaves out, until the database answers: the defaults of
 * the schema.
 *
 * @param given the fields that the write sets
 * @param user the user who writes
 */
export function defaultsOf(
  schema: SchemaDefinition,
  table: string,
  given: Readonly<Record<string, unknown>>,
  user: RecordId,
): Record<string, WireValue> {
  const { defaults = {} } = schema.tables[table] ?? {};
  const missing = Object.entries(defaults).filter(([name]) => !Object.hasOwn(given, name));
  return Object.fromEntries(
    missing.map(([name, value]): [string, WireValue] => {
      if ('value' in value) return [name, value.value];
      return [name, encodeValue(value.is === 'now' ? new DateTime() : user)];
    }),
  );
}

/** The fields of a new job. The names are those of the outbox tables. */
export function jobFieldsOf({
  path,
  payload,
  options = {},
}: {
  readonly path: string;
  readonly payload: WireValue;
  readonly options?: {
    readonly assignedTo?: WireValue;
    readonly maxRetries?: number;
    readonly retryStrategy?: string;
    readonly timeoutMs?: number;
    readonly uniqueKey?: string;
  };
}): Record<string, WireValue> {
  const { assignedTo, maxRetries, retryStrategy, timeoutMs, uniqueKey } = options;
  return {
    path,
    payload,
    ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
    ...(maxRetries === undefined ? {} : { max_retries: maxRetries }),
    ...(retryStrategy === undefined ? {} : { retry_strategy: retryStrategy }),
    ...(timeoutMs === undefined ? {} : { timeout: { $u: `${timeoutMs}ms` } }),
    ...(uniqueKey === undefined ? {} : { unique_key: uniqueKey }),
  };
}
