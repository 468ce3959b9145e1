import { isPlain } from '@spookify/surreal-link/values';
import { DateTime, Decimal, Duration, FileRef, Geometry, Range, RecordId, Table, Uuid } from 'surrealdb';

/** The kinds of decoded values, in the order in which the engine (3.0.2) sorts values of different kinds. */
const KINDS = [
  'none',
  'null',
  'boolean',
  'number',
  'string',
  'duration',
  'datetime',
  'uuid',
  'array',
  'set',
  'object',
  'geometry',
  'bytes',
  'table',
  'record',
  'file',
  'range',
] as const;

export type ValueKind = (typeof KINDS)[number];

/** The position of a kind in the engine's sort order. */
export const rankOf = (kind: ValueKind): number => KINDS.indexOf(kind);

/** The kind of a value as the driver decodes it; `undefined` for anything else, such as a native Date. */
export function kindOf(value: unknown): ValueKind | undefined {
  switch (typeof value) {
    case 'undefined':
      return 'none';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'number':
    case 'bigint':
      return 'number';
    case 'object':
      return value === null ? 'null' : kindOfObject(value);
    default:
      return undefined;
  }
}

function kindOfObject(value: object): ValueKind | undefined {
  if (Array.isArray(value)) return 'array';
  if (value instanceof RecordId) return 'record';
  if (value instanceof DateTime) return 'datetime';
  if (isPlain(value)) return 'object';
  if (value instanceof Decimal) return 'number';
  if (value instanceof Duration) return 'duration';
  if (value instanceof Uuid) return 'uuid';
  if (value instanceof Set) return 'set';
  if (value instanceof ArrayBuffer || value instanceof Uint8Array) return 'bytes';
  if (value instanceof Geometry) return 'geometry';
  if (value instanceof Table) return 'table';
  if (value instanceof FileRef) return 'file';
  return value instanceof Range ? 'range' : undefined;
}
