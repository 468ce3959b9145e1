import {
  type Condition,
  decodeValue,
  matches,
  type Truth,
  type WireCondition,
  type WirePlan,
} from '@spookify/gateway/wire';
import type { PlanNode } from '../live/plan-nodes.ts';

/** Which rows a list of a node has, and in which order. */
export interface NodeRules {
  readonly node: PlanNode;
  readonly where: Condition | undefined;
  /** The fields that the conditions read. */
  readonly conditionFields: readonly string[];
  /** Complete: it ends with `id`. */
  readonly order: readonly Ordering[];
  /** The most rows that the list shows. */
  readonly count: number;
  /** The number of rows before the list, which the client does not have. */
  readonly offset: number;
}

export interface Ordering {
  readonly field: string;
  readonly descending: boolean;
}

/** Decodes the values of a node's conditions. */
export function rulesOf(node: PlanNode): NodeRules {
  const { where: wire, orderBy = [], limit = Number.POSITIVE_INFINITY, offset = 0 } = node.plan;
  const where = wire === undefined ? undefined : conditionOf(wire);
  const conditionFields = [...new Set(wire === undefined ? [] : fieldsOf(wire))];
  return {
    node,
    where,
    conditionFields,
    order: totalOrder(orderBy),
    count: node.single ? Math.min(1, limit) : limit,
    offset,
  };
}

/**
 * Whether a row satisfies the node's conditions.
 *
 * @param read the value of a field; UNKNOWN if it is not known
 * @returns undefined if this depends on what is not known
 */
export function satisfies({ where, conditionFields }: NodeRules, read: (field: string) => unknown): Truth {
  return matches(where, Object.fromEntries(conditionFields.map((field) => [field, read(field)])));
}

/** Like the gateway: without an order by id, and rows that are equal otherwise by id in the direction of the last field. */
function totalOrder(orderBy: NonNullable<WirePlan['orderBy']>): readonly Ordering[] {
  const order = new Map<string, boolean>();
  // An ordering after `id`, or a repeated one, has no effect.
  for (const { field, descending = false } of orderBy) {
    if (!order.has('id') && !order.has(field)) order.set(field, descending);
  }
  if (!order.has('id')) order.set('id', [...order.values()].at(-1) ?? false);
  return [...order].map(([field, descending]) => ({ field, descending }));
}

function conditionOf(wire: WireCondition): Condition {
  if ('all' in wire) return { kind: 'all', conditions: wire.all.map(conditionOf) };
  if ('any' in wire) return { kind: 'any', conditions: wire.any.map(conditionOf) };
  if ('not' in wire) return { kind: 'not', condition: conditionOf(wire.not) };
  return { kind: 'compare', field: wire.field, operator: wire.is, value: decodeValue(wire.value) };
}

/** The fields of the table that a condition reads; of `address.city` it is `address`. */
function fieldsOf(wire: WireCondition): string[] {
  if ('all' in wire) return wire.all.flatMap(fieldsOf);
  if ('any' in wire) return wire.any.flatMap(fieldsOf);
  if ('not' in wire) return fieldsOf(wire.not);
  return wire.field.split('.').slice(0, 1);
}
