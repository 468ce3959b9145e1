import { isPlain, type WireCondition, type WireOperator } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { ClientError, type PayloadIssue } from '../errors.ts';
import type { RecordInput, SchemaDefinition } from '../schema-types.ts';
import { membersOf, recordsOf, requireField } from './schema-lookup.ts';
import { encodeSendable } from './sendable.ts';

/** Comparisons of one field. All of them must be true. */
export interface Operators<Value> {
  eq?: RecordInput<Value>;
  ne?: RecordInput<Value>;
  gt?: RecordInput<Value>;
  gte?: RecordInput<Value>;
  lt?: RecordInput<Value>;
  lte?: RecordInput<Value>;
  /** Equal to one of these. */
  in?: readonly RecordInput<Value>[];
  /** A list contains this item, or a text contains this part. */
  contains?: Part<Value>;
}

/** The type that `contains` accepts for a value; `never` for numbers and other values that contain nothing. */
type Part<Value> = unknown extends Value
  ? unknown
  : NonNullable<Value> extends readonly (infer Item)[]
    ? RecordInput<Item>
    : NonNullable<Value> extends string
      ? string
      : never;

/**
 * Conditions by field. A value means equality; operators such as `{ gt: … }` compare. `undefined` matches rows without
 * the field.
 */
export type Where<Row> = { [Field in keyof Row]?: RecordInput<Row[Field]> | Operators<Row[Field]> };

/** The argument of `where`: fields, or a group made by `any`, `all` or `not`. */
export type Condition<Row> = Where<Row> | Group<Row>;

/** A group of conditions, made by `any`, `all` or `not`. */
export class Group<Row> {
  /** Does not exist at run time. A group for rows of one table is not one for rows of another. */
  declare readonly isFor: (row: Row) => void;
  readonly kind: 'any' | 'all' | 'not';
  readonly conditions: readonly Condition<Row>[];

  constructor(kind: 'any' | 'all' | 'not', conditions: readonly Condition<Row>[]) {
    this.kind = kind;
    this.conditions = conditions;
  }
}

/** Is true if at least one condition is true: `where(any({ author: me }, { isPublic: true }))`. */
export function any<Row>(...conditions: readonly Condition<NoInfer<Row>>[]): Group<Row> {
  return new Group('any', conditions);
}

/** Is true if every condition is true. For groups inside of `any` and `not`. */
export function all<Row>(...conditions: readonly Condition<NoInfer<Row>>[]): Group<Row> {
  return new Group('all', conditions);
}

/** Is true unless all conditions are true: `where(not({ status: 'failed' }))`. */
export function not<Row>(...conditions: readonly Condition<NoInfer<Row>>[]): Group<Row> {
  return new Group('not', conditions);
}

const OPERATORS: readonly WireOperator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'contains'];

/** Checks the argument of `where` and converts it to a list of conditions that must all be true. */
export function conditionsOf(schema: SchemaDefinition, table: string, where: unknown): WireCondition[] {
  if (where instanceof Group) return [groupOf(schema, table, where)];
  if (!isPlain(where)) throw invalid(`where takes an object of fields, or any(…), all(…), not(…).`);
  return membersOf(where, invalid).flatMap(([field, value]) => {
    requireField(schema, table, field);
    if (!isPlain(value)) return [comparison(schema, table, field, 'eq', value)];
    return membersOf(value, invalid).map(([name, operand]) => {
      const operator = OPERATORS.find((known) => known === name);
      if (operator !== undefined) return comparison(schema, table, field, operator, operand);
      throw invalid(
        `where: "${name}" of ${table}.${field} is not an operator. Use ${OPERATORS.join(', ')}; to compare with an object, write { eq: object }.`,
      );
    });
  });
}

function groupOf(schema: SchemaDefinition, table: string, { kind, conditions }: Group<unknown>): WireCondition {
  const inner = conditions.map((condition): WireCondition => {
    const list = conditionsOf(schema, table, condition);
    const [only] = list;
    // An empty object is true for every row. Inside of `any` and `not` that is probably a mistake.
    if (only === undefined) throw invalid(`where: ${kind}(…) contains an empty condition. Remove it, or name a field.`);
    return list.length === 1 ? only : { all: list };
  });
  if (inner.length === 0) throw invalid(`where: ${kind}() needs at least one condition.`);
  if (kind === 'any') return { any: inner };
  const [only] = inner;
  const every: WireCondition = inner.length === 1 && only !== undefined ? only : { all: inner };
  return kind === 'all' ? every : { not: every };
}

/** Checks one comparison and converts it. */
export function comparison(
  schema: SchemaDefinition,
  table: string,
  field: string,
  is: WireOperator,
  operand: unknown,
): WireCondition {
  const place = `where: ${table}.${field}`;
  if (is === 'in' && !Array.isArray(operand)) throw invalid(`${place} in takes a list, not ${typeof operand}.`);
  const value = recordsOf(schema, table, field, operand, (problem) => invalid(`${place}: ${problem}`));
  if (field === 'id') for (const id of is === 'in' ? (value as unknown[]) : [value]) requireIdOf(table, id);
  return { field, is, value: encodeSendable(place, value, 'compared', invalid) };
}

/** An id of another table would silently match nothing, so it is an error. */
function requireIdOf(table: string, id: unknown): void {
  if (id instanceof RecordId && id.table.name === table) return;
  throw invalid(
    `where: the id of "${table}" must be a record id such as '${table}:key', not ${id instanceof RecordId ? id : typeof id}.`,
  );
}

export function invalid(message: string, issues: readonly PayloadIssue[] = []): ClientError {
  return new ClientError('SPOOKY_CLIENT_INVALID_QUERY', message, { issues });
}
