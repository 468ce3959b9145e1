import { DateTime, Decimal, Duration, RecordId, Uuid } from 'surrealdb';
import type { TableSchema } from '../../schema/database-schema.ts';
import { presentAlternatives, recordTablesOf } from '../../schema/kinds.ts';
import type { Operator } from '../condition.ts';
import { badPlan, describeValue } from '../plan-error.ts';

interface Comparison {
  readonly field: string;
  readonly kind: string | undefined;
  readonly operator: Operator;
  readonly value: unknown;
}

/** Refuses a comparison that can never match because the value has another kind than the field. */
export function checkComparison(table: TableSchema, comparison: Comparison, path: string): void {
  const { field, operator, value } = comparison;
  if (operator === 'in' && !Array.isArray(value))
    throw badPlan(path, `"in" needs a list, not ${describeValue(value)}.`);
  if (field === 'id' && operator === 'contains') throw badPlan(path, '"contains" is for lists and texts, not for ids.');
  if (operator === 'contains') return;
  const kinds = field === 'id' ? [`record<${table.name}>`] : presentAlternatives(comparison.kind);
  const values: readonly unknown[] = operator === 'in' && Array.isArray(value) ? value : [value];
  for (const one of values) {
    // A row that is older than the field's kind may have NONE or NULL there, although the kind does not allow it.
    if (one === undefined || one === null ? field === 'id' : !kinds.some((kind) => mayBe(one, kind))) {
      throw badPlan(path, `"${field}" is ${kinds.join(' | ')}; a value of another kind never matches.`);
    }
  }
}

const TESTS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['bool', (value) => typeof value === 'boolean'],
  ['int', isNumber],
  ['float', isNumber],
  ['decimal', isNumber],
  ['number', isNumber],
  ['string', (value) => typeof value === 'string'],
  ['datetime', (value) => value instanceof DateTime],
  ['duration', (value) => value instanceof Duration],
  ['uuid', (value) => value instanceof Uuid],
  ['record', (value) => value instanceof RecordId],
]);

/** False only if certainly no value of the kind equals this one. */
function mayBe(value: unknown, kind: string): boolean {
  const tables = recordTablesOf(kind);
  if (tables !== undefined) return value instanceof RecordId && tables.includes(value.table.name);
  return TESTS.get(kind)?.(value) ?? true;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;
}
