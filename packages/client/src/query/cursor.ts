import type { WireCondition, WireOrdering } from '@spookify/gateway/wire';
import type { SchemaDefinition } from '../schema-types.ts';
import { comparison, invalid } from './conditions.ts';
import type { Cursor, Draft } from './draft.ts';
import { totalOrder } from './plan.ts';

/*
 * `after` and `until` as conditions. A row follows the row (a, b) in the order of x and y if
 *
 *   x > a  or  (x = a and y > b)            with < for a descending field
 *
 * The order always ends with the id, so every other row is either before the row or after it. Rows are compared with
 * values, so a cursor works even if its row has changed or is gone.
 */

/** Replaces the cursors of a query by conditions. */
export function withBounds(schema: SchemaDefinition, draft: Draft): Draft {
  const { after, until } = draft;
  if (after === undefined && until === undefined) return draft;
  const order = orderOf(draft);
  const bounds: WireCondition[] = [];
  if (after !== undefined) bounds.push(following(schema, draft, order, after));
  if (until !== undefined) bounds.push({ not: following(schema, draft, order, until) });
  return {
    ...draft,
    after: undefined,
    until: undefined,
    where: [...draft.where, ...bounds, ...rangeOf(schema, draft, order)],
  };
}

function orderOf({ orderBy }: Draft): readonly WireOrdering[] {
  const order = orderBy.length === 0 ? [{ field: 'id' }] : totalOrder(orderBy);
  // A second ordering by the same field has no effect, and neither have those after the id.
  const unique = order.filter(({ field }, at) => order.findIndex((other) => other.field === field) === at);
  return unique.slice(0, unique.findIndex(({ field }) => field === 'id') + 1);
}

/** True for the rows that follow the cursor. */
function following(
  schema: SchemaDefinition,
  draft: Draft,
  order: readonly WireOrdering[],
  cursor: Cursor,
): WireCondition {
  const alternatives = order.map(({ field, descending = false }, at): WireCondition => {
    const equal = order.slice(0, at).map((earlier) => compare(schema, draft, earlier.field, 'eq', cursor));
    const beyond = compare(schema, draft, field, descending ? 'lt' : 'gt', cursor);
    return equal.length === 0 ? beyond : { all: [...equal, beyond] };
  });
  return { any: alternatives };
}

/**
 * The range of the first ordered field that a query with `until` reads. The conditions above contain it, but only in
 * this form the gateway can use an index. Without `until` the query may read to the end of the table, for which an index
 * is slower than a scan.
 */
function rangeOf(schema: SchemaDefinition, draft: Draft, order: readonly WireOrdering[]): WireCondition[] {
  const { after, until } = draft;
  const [first] = order;
  if (first === undefined || first.field === 'id' || until === undefined) return [];
  const { field, descending = false } = first;
  return [after, until].flatMap((cursor) => {
    if (cursor === undefined || cursor[field] === undefined || cursor[field] === null) return [];
    const isLower = (cursor === after) !== descending;
    return [compare(schema, draft, field, isLower ? 'gte' : 'lte', cursor)];
  });
}

/** A field that the row does not have is NONE: results leave it out. */
function compare(
  schema: SchemaDefinition,
  { table, select, related }: Draft,
  field: string,
  is: 'eq' | 'gt' | 'lt' | 'gte' | 'lte',
  cursor: Cursor,
): WireCondition {
  const value = Object.hasOwn(cursor, field) ? cursor[field] : undefined;
  if (value === undefined && field !== 'id' && select?.includes(field) === false) {
    throw invalid(`after and until need the row's "${field}", because the query is ordered by it. Select it too.`);
  }
  if (related.some(({ name }) => name === field)) {
    throw invalid(`after and until need the row's "${field}", but a relation of the same name replaces it.`);
  }
  return comparison(schema, table, field, is, value);
}
