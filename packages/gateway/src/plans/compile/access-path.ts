import { DateTime, Decimal, type RecordId } from 'surrealdb';
import type { TableSchema } from '../../schema/database-schema.ts';
import { alternativesOf, presentAlternatives } from '../../schema/kinds.ts';
import { orderOfValues } from '../../values/compare.ts';
import type { Condition } from '../condition.ts';

/**
 * How the rows of a node are found. This is chosen here and not left to the engine, because the engine's indexes return
 * other rows than its scans do: a range of datetimes loses rows around whole seconds, and a range below a value leaves
 * out NONE. For the same reason, the indexed SELECT contains only the conditions that the index is chosen for, all of them
 * on its first field: the engine could use another one as a range on the index's second field.
 */
export type AccessPath =
  | { readonly kind: 'records'; readonly ids: readonly RecordId[] }
  | { readonly kind: 'index'; readonly name: string; readonly by: readonly Comparison[] | ReferenceField }
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
const ORDERED = /^(?:int|string|datetime)$/;

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
  for (const by of [...equal.map((one) => [one]), ...owned, ...rangesOf(ranged)]) {
    const path = indexFor(table, by);
    if (path.kind === 'index') return path;
  }
  return { kind: 'scan' };
}

/** The index that begins with the field of the conditions, or a scan if there is none. */
export function indexFor(table: TableSchema, by: readonly Comparison[] | ReferenceField): AccessPath {
  const field = 'kind' in by ? by.field : by[0]?.field;
  const index = table.indexes.find(({ fields }) => fields[0] === field);
  return index === undefined ? { kind: 'scan' } : { kind: 'index', name: index.name, by };
}

/**
 * The range by which an index finds at least the rows that satisfy the comparison. In an index of datetimes, a whole
 * second sorts after its own fractions. A range from the end of the second before, or to the start of the next one,
 * misses none of them.
 */
export function indexRange(comparison: Comparison): Comparison {
  const { operator, value } = comparison;
  if (!(value instanceof DateTime)) return comparison;
  const [seconds] = value.toCompact();
  return isLower(operator)
    ? { ...comparison, operator: 'gte', value: new DateTime([seconds - 1n, 999_999_999n]) }
    : { ...comparison, operator: 'lte', value: new DateTime([seconds + 1n, 0n]) };
}

/** The ranges by field, those with two ends first: they are what a page of a list needs. */
function rangesOf(conditions: readonly Comparison[]): readonly (readonly Comparison[])[] {
  const ranges = [...Map.groupBy(conditions, ({ field }) => field).values()].map((ofField) =>
    [tightest(ofField, true), tightest(ofField, false)].filter((end) => end !== undefined).map(indexRange),
  );
  return ranges.sort((left, right) => right.length - left.length);
}

/** The one of the lower or upper ends that leaves the fewest rows. */
function tightest(conditions: readonly Comparison[], isLowerEnd: boolean): Comparison | undefined {
  const ends = conditions.filter(({ operator }) => isLower(operator) === isLowerEnd);
  const order = ({ value }: Comparison, other: Comparison): number => orderOfValues(value, other.value) ?? 0;
  return ends.reduce<Comparison | undefined>((best, end) => {
    if (best === undefined) return end;
    return order(end, best) > 0 === isLowerEnd ? end : best;
  }, undefined);
}

const isLower = (operator: Comparison['operator']): boolean => operator === 'gt' || operator === 'gte';

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
  if (typeof value !== 'string' && !(value instanceof DateTime) && !isFiniteNumber(value)) return false;
  if (isLower(operator)) return isAll(table, field, ORDERED);
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
