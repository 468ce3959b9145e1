import { equalValues, orderOfValues } from '../values/compare.ts';
import { containsValue } from '../values/contains.ts';
import { everyOf, not, someOf, type Truth } from '../values/truth.ts';
import { memberOf } from '../values/unknown.ts';
import type { Condition, Operator } from './condition.ts';

/**
 * Whether a row satisfies a condition of a plan, as the engine decides it.
 *
 * @param condition undefined: every row does
 * @param row decoded values; a missing field is NONE
 * @returns undefined if only the engine can decide
 */
export function matches(condition: Condition | undefined, row: Readonly<Record<string, unknown>>): Truth {
  switch (condition?.kind) {
    case undefined:
      return true;
    case 'compare':
      return compare(condition.field.split('.').reduce(memberOf, row), condition.operator, condition.value);
    case 'not':
      return not(matches(condition.condition, row));
    case 'all':
      return everyOf(condition.conditions, (part) => matches(part, row));
    case 'any':
      return someOf(condition.conditions, (part) => matches(part, row));
  }
}

function compare(found: unknown, operator: Operator, value: unknown): Truth {
  switch (operator) {
    case 'eq':
      return equalValues(found, value);
    case 'ne':
      return not(equalValues(found, value));
    case 'in':
      return Array.isArray(value) ? containsValue(value, found) : undefined;
    case 'contains':
      return containsValue(found, value);
    default:
      return ordered(found, operator, value);
  }
}

function ordered(found: unknown, operator: 'gt' | 'gte' | 'lt' | 'lte', value: unknown): Truth {
  const order = orderOfValues(found, value);
  if (order === undefined) return undefined;
  if (operator === 'gt') return order > 0;
  if (operator === 'gte') return order >= 0;
  return operator === 'lt' ? order < 0 : order <= 0;
}
