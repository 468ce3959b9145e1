import {
  CONDITIONS_MAX,
  FRAME_MAX_BYTES,
  NESTING_MAX,
  NODES_MAX,
  type WireCondition,
  type WireOrdering,
  type WirePlan,
} from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';
import type { Draft } from './draft.ts';

/** A finished query as data. */
export interface FinishedPlan {
  readonly plan: WirePlan;
  /** Equal queries have equal keys, however they were put together. */
  readonly key: string;
  /** Equal also for queries that differ in how many rows they show, and in nothing else. */
  readonly subject: string;
}

/** What a frame holds besides the plan. */
const FRAME_REST_BYTES = 1_024;

/**
 * Writes a query as the gateway takes it, in one form: fields, conditions and relations are sorted, because the order
 * of the builder's calls must not make another query.
 *
 * @throws SPOOKY_CLIENT_LIMIT, SPOOKY_CLIENT_TOO_LARGE
 */
export function finish(draft: Draft): FinishedPlan {
  checkLimits(draft);
  const plan = planOf(draft, true);
  const key = JSON.stringify(plan);
  const bytes = new TextEncoder().encode(key).length;
  if (bytes > FRAME_MAX_BYTES - FRAME_REST_BYTES) {
    throw new ClientError(
      'SPOOKY_CLIENT_TOO_LARGE',
      `The query of "${draft.table}" has ${bytes} bytes; at most ${FRAME_MAX_BYTES - FRAME_REST_BYTES} are allowed. Use fewer or shorter values.`,
    );
  }
  return { plan, key, subject: JSON.stringify(planOf(draft, false)) };
}

function planOf(draft: Draft, isCut: boolean): WirePlan {
  const { table, limit, offset, single } = draft;
  const where = conjunction(draft.where);
  return {
    table,
    ...(draft.select === undefined
      ? {}
      : { select: [...new Set(draft.select)].filter((name) => name !== 'id').sort() }),
    ...(where === undefined ? {} : { where }),
    ...(draft.orderBy.length === 0 ? {} : { orderBy: totalOrder(draft.orderBy) }),
    ...(limit === undefined || !isCut ? {} : { limit }),
    ...(offset === undefined || !isCut ? {} : { offset }),
    ...(single ? { single } : {}),
    ...(draft.related.length === 0
      ? {}
      : {
          related: [...draft.related]
            .sort((left, right) => (left.name < right.name ? -1 : 1))
            // A relation to one is single in any case.
            .map(({ name, many, field, draft: child }) => ({
              name,
              many,
              field,
              plan: planOf(many ? child : { ...child, single: false }, isCut),
            })),
        }),
  };
}

/** Rows that are equal in every given field are in the order of their ids, so that limit and offset cut the same way. */
function totalOrder(orderBy: readonly WireOrdering[]): WireOrdering[] {
  const last = orderBy.at(-1);
  if (last === undefined || orderBy.some(({ field }) => field === 'id')) return [...orderBy];
  return [...orderBy, { ...last, field: 'id' }];
}

function conjunction(conditions: readonly WireCondition[]): WireCondition | undefined {
  const list = sorted(conditions.flatMap((condition) => ('all' in condition ? condition.all : [condition])));
  const [only] = list;
  return list.length > 1 ? { all: list } : only;
}

/** The same in one form: members of a group sorted, each once, groups of one taken apart. */
function canonical(condition: WireCondition): WireCondition {
  if ('not' in condition) return { not: canonical(condition.not) };
  if ('all' in condition) return conjunction(condition.all) ?? condition;
  if ('any' in condition) {
    const list = sorted(condition.any.flatMap((inner) => ('any' in inner ? inner.any : [inner])));
    const [only] = list;
    return list.length === 1 && only !== undefined ? only : { any: list };
  }
  if (condition.is !== 'in' || !Array.isArray(condition.value)) return condition;
  return { ...condition, value: byText(condition.value) };
}

function sorted(conditions: readonly WireCondition[]): WireCondition[] {
  return byText(conditions.map(canonical));
}

function byText<Item>(items: readonly Item[]): Item[] {
  const texts = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...texts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item);
}

function checkLimits(draft: Draft): void {
  let conditions = 0;
  let nodes = 0;
  const visit = (node: Draft, depth: number): void => {
    nodes += 1;
    if (depth > NESTING_MAX)
      throw tooMuch('relations within each other', depth, NESTING_MAX, 'Ask in several queries.');
    for (const condition of node.where) visitCondition(condition, 1);
    for (const { draft: child } of node.related) visit(child, depth + 1);
  };
  const visitCondition = (condition: WireCondition, depth: number): void => {
    if (depth > NESTING_MAX) throw tooMuch('conditions within each other', depth, NESTING_MAX, 'Write them flatter.');
    const inner = 'all' in condition ? condition.all : 'any' in condition ? condition.any : undefined;
    if (inner !== undefined) for (const item of inner) visitCondition(item, depth + 1);
    else if ('not' in condition) visitCondition(condition.not, depth + 1);
    else conditions += 1;
  };
  visit(draft, 0);
  if (nodes > NODES_MAX) throw tooMuch('relations', nodes - 1, NODES_MAX - 1, 'Ask in several queries.');
  if (conditions > CONDITIONS_MAX) {
    throw tooMuch('conditions', conditions, CONDITIONS_MAX, 'Use `in` for many values of one field.');
  }
}

function tooMuch(what: string, count: number, limit: number, remedy: string): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_LIMIT',
    `The query has ${count} ${what}; at most ${limit} are allowed. ${remedy}`,
  );
}
