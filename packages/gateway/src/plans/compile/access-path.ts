import { Decimal, type RecordId } from 'surrealdb';
import type { TableSchema } from '../../schema/database-schema.ts';
import { alternativesOf, presentAlternatives } from '../../schema/kinds.ts';
import type { Condition } from '../condition.ts';

/**
 * How the rows of a node are found. This is chosen here and not left to the engine, because the engine's indexes return
 * other rows than its scans do: a range of datetimes loses rows around whole seconds, and a range below a value leaves
 * out NONE. For the same reason, the indexed SELECT contains only the one condition that the index is chosen for: the
 * engine could use a second one as a range on the index's second field.
 */
export type AccessPath =
  | { readonly kind: 'records'; readonly ids: readonly RecordId[] }
  | { readonly kind: 'index'; readonly name: string; readonly by: Comparison | ReferenceField }
  | { readonly kind: 'scan' };

export type Comparison = Condition & { readonly kind: 'compare' };

/** A field that equals the reader's record, or the parent row's id. */
export interface ReferenceField {
  readonly kind: 'reader' | 'parent';
  readonly field: string;
}

/** Kinds whose values are equal if and only if they are equal in an index. */
const EXACT = /^(?:bool|int|string|datetime|uuid|record(?:<.*>)?)$/;
/** Kinds that an index orders in the same way as comparisons do. */
const ORDERED = /^(?:int|string)$/;

/** @param readerFields fields that equal the reader's record in every row that the permission shows */
export function accessPath(
  table: TableSchema,
  where: Condition | undefined,
  readerFields: readonly string[],
): AccessPath {
  const conditions = conjuncts(where);
  const ids = conditions.flatMap((condition) => idsOf(condition));
  if (ids[0] !== undefined) return { kind: 'records', ids: distinct(ids[0]) };
  const owned = readerFields
    .filter((field) => isAll(table, field, EXACT))
    .map((field): ReferenceField => ({ kind: 'reader', field }));
  const equal = conditions.filter((condition) => isEquality(table, condition));
  const ranged = conditions.filter((condition) => isRange(table, condition));
  for (const by of [...equal, ...owned, ...ranged]) {
    const path = indexFor(table, by);
    if (path.kind === 'index') return path;
  }
  return { kind: 'scan' };
}

/** The index that begins with a condition's field, or a scan if there is none. */
export function indexFor(table: TableSchema, by: Comparison | ReferenceField): AccessPath {
  const index = table.indexes.find(({ fields }) => fields[0] === by.field);
  return index === undefined ? { kind: 'scan' } : { kind: 'index', name: index.name, by };
}

function distinct(ids: readonly RecordId[]): readonly RecordId[] {
  return [...new Map(ids.map((id) => [id.toString(), id])).values()];
}

function conjuncts(where: Condition | undefined): readonly Comparison[] {
  if (where?.kind === 'compare') return [where];
  return where?.kind === 'all' ? where.conditions.flatMap(conjuncts) : [];
}

function idsOf({ field, operator, value }: Comparison): readonly (readonly RecordId[])[] {
  if (field !== 'id') return [];
  if (operator === 'eq') return [[value as RecordId]];
  return operator === 'in' ? [value as readonly RecordId[]] : [];
}

function isEquality(table: TableSchema, { field, operator, value }: Comparison): boolean {
  return operator === 'eq' && value !== undefined && value !== null && isAll(table, field, EXACT);
}

function isRange(table: TableSchema, { field, operator, value }: Comparison): boolean {
  if (typeof value !== 'string' && !isFiniteNumber(value)) return false;
  if (operator === 'gt' || operator === 'gte') return isAll(table, field, ORDERED);
  const isComplete = !alternativesOf(table.fields.get(field)?.kind).some((one) => one === 'none' || one === 'null');
  return (operator === 'lt' || operator === 'lte') && isComplete && isAll(table, field, ORDERED);
}

function isFiniteNumber(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isFinite(value) || value instanceof Decimal;
}

function isAll(table: TableSchema, field: string, kinds: RegExp): boolean {
  const present = presentAlternatives(table.fields.get(field)?.kind);
  return present.length === 1 && present.every((kind) => kinds.test(kind));
}
