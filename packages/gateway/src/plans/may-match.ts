import { DateTime, Decimal, Duration, RecordId, Uuid } from 'surrealdb';
import type { Condition, Operator, PlanNode } from './plan.ts';

/** `undefined`: only the database can decide. */
type Truth = boolean | undefined;

/**
 * Whether a row may satisfy a node's `where`. Returns false only if it certainly does not. Does not check permissions,
 * or which parent the row belongs to.
 *
 * @param row decoded values; a missing field is NONE
 */
export function mayMatch(node: PlanNode, row: Readonly<Record<string, unknown>>): boolean {
  return node.plan.where === undefined || truthOf(node.plan.where, row) !== false;
}

function truthOf(condition: Condition, row: Readonly<Record<string, unknown>>): Truth {
  switch (condition.kind) {
    case 'compare': {
      const found = valueAt(row, condition.field);
      return found === UNKNOWN ? undefined : compare(found, condition.operator, condition.value);
    }
    case 'not':
      return not(truthOf(condition.condition, row));
    case 'all':
      return not(anyOf(condition.conditions.map((part) => not(truthOf(part, row)))));
    case 'any':
      return anyOf(condition.conditions.map((part) => truthOf(part, row)));
  }
}

const UNKNOWN = Symbol('unknown');

function valueAt(row: Readonly<Record<string, unknown>>, field: string): unknown {
  let value: unknown = row;
  for (const name of field.split('.')) {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || !isPlain(value)) return UNKNOWN;
    value = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return value;
}

function compare(found: unknown, operator: Operator, value: unknown): Truth {
  switch (operator) {
    case 'eq':
      return equals(found, value);
    case 'ne':
      return not(equals(found, value));
    case 'in':
      return Array.isArray(value) ? anyOf(value.map((one) => equals(found, one))) : undefined;
    case 'contains':
      return contains(found, value);
    default:
      return ordered(found, operator, value);
  }
}

function ordered(found: unknown, operator: 'gt' | 'gte' | 'lt' | 'lte', value: unknown): Truth {
  const order = orderOf(found, value);
  if (order === undefined) return undefined;
  if (operator === 'gt') return order > 0;
  if (operator === 'gte') return order >= 0;
  return operator === 'lt' ? order < 0 : order <= 0;
}

function contains(found: unknown, value: unknown): Truth {
  if (typeof found === 'string') return typeof value === 'string' ? found.includes(value) : undefined;
  if (Array.isArray(found)) return anyOf(found.map((one) => equals(one, value)));
  return found === undefined || found === null || typeof found === 'boolean' || isNumber(found) ? false : undefined;
}

function equals(left: unknown, right: unknown): Truth {
  const [kind, other] = [kindOf(left), kindOf(right)];
  if (kind === undefined || other === undefined) return undefined;
  if (kind !== other) return false;
  switch (kind) {
    case 'none':
    case 'null':
      return true;
    case 'number':
      return isNumber(left) && isNumber(right) ? signOf(left, right) === 0 : undefined;
    case 'boolean':
    case 'string':
      return left === right;
    case 'datetime':
      return (left as DateTime).nanoseconds === (right as DateTime).nanoseconds;
    case 'uuid':
      return String(left) === String(right);
    case 'record':
      return sameRecord(left as RecordId, right as RecordId);
    case 'array':
      return sameList(left as readonly unknown[], right as readonly unknown[]);
    default:
      return undefined;
  }
}

function sameRecord(left: RecordId, right: RecordId): Truth {
  return left.table.name === right.table.name ? equals(left.id, right.id) : false;
}

function sameList(left: readonly unknown[], right: readonly unknown[]): Truth {
  if (left.length !== right.length) return false;
  return not(anyOf(left.map((item, index) => not(equals(item, right[index])))));
}

/** Negative if `left` sorts first. Undefined for values that are not compared here. */
function orderOf(left: unknown, right: unknown): number | undefined {
  const [kind, other] = [kindOf(left), kindOf(right)];
  if (kind === undefined || other === undefined) return undefined;
  const difference = KINDS.indexOf(kind) - KINDS.indexOf(other);
  if (difference !== 0 || kind === 'none' || kind === 'null') return difference;
  if (kind === 'datetime') return signOf((left as DateTime).nanoseconds, (right as DateTime).nanoseconds);
  if (kind === 'boolean') return Number(left) - Number(right);
  if (isNumber(left) && isNumber(right)) return signOf(left, right);
  // The engine compares UTF-8 bytes. JavaScript's order is the same except for characters outside the basic plane,
  // which are surrogate pairs.
  if (typeof left !== 'string' || typeof right !== 'string' || SURROGATE.test(left + right)) return undefined;
  return signOf(left, right);
}

/** In the engine's sort order. */
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
  'object',
  'record',
] as const;
const SURROGATE = /[\ud800-\udfff]/;

/** Compares by value, also a number with a bigint. */
function signOf<T extends number | bigint | string>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : left > right ? 1 : 0;
}

function kindOf(value: unknown): (typeof KINDS)[number] | undefined {
  if (value === undefined) return 'none';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal) return 'number';
  if (value instanceof RecordId) return 'record';
  if (value instanceof DateTime) return 'datetime';
  if (value instanceof Duration) return 'duration';
  if (value instanceof Uuid) return 'uuid';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' && isPlain(value) ? 'object' : undefined;
}

/** A number that JavaScript compares as the engine does. Decimals and NaN are not. */
function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}
