import { FRAME_MAX_BYTES, type WireCondition, type WireOrdering, type WirePlan } from '@spookify/gateway/wire';
import { bytesOf, tooLarge } from '../too-large.ts';
import type { Draft } from './draft.ts';
import { checkLimits } from './plan-limits.ts';

/** A finished query as data. */
export interface FinishedPlan {
  readonly plan: WirePlan;
  /** Equal queries have equal keys, in whatever order they were built. */
  readonly key: string;
  /** Also equal for queries that differ only in limit and offset. */
  readonly subject: string;
}

/** The rest of the frame needs less than 1 KiB. */
const PLAN_MAX_BYTES = FRAME_MAX_BYTES - 1_024;

/**
 * Converts a query to the canonical form for the gateway: fields, conditions and relations are sorted, because the
 * order of the builder's calls must not make another query.
 *
 * @throws SPOOKY_CLIENT_LIMIT, SPOOKY_CLIENT_TOO_LARGE
 */
export function finish(draft: Draft): FinishedPlan {
  const plan = planOf(draft, true);
  checkLimits(plan);
  const key = JSON.stringify(plan);
  if (bytesOf(key) > PLAN_MAX_BYTES) {
    throw tooLarge(`The query of "${draft.table}"`, `${PLAN_MAX_BYTES} bytes`, 'Use fewer or shorter values.');
  }
  return { plan, key, subject: JSON.stringify(planOf(draft, false)) };
}

function planOf(draft: Draft, isCut: boolean): WirePlan {
  const { table, limit, offset, single, count } = draft;
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
    ...(count ? { count } : {}),
    ...(draft.related.length === 0
      ? {}
      : {
          related: [...draft.related]
            .sort((left, right) => (left.name < right.name ? -1 : 1))
            // A to-one relation is always a single row.
            .map(({ name, many, field, draft: child }) => ({
              name,
              many,
              field,
              plan: planOf(many ? child : { ...child, single: false }, isCut),
            })),
        }),
  };
}

/** Rows that are equal in every given field are ordered by id, so that limit and offset are deterministic. */
export function totalOrder(orderBy: readonly WireOrdering[]): WireOrdering[] {
  const last = orderBy.at(-1);
  if (last === undefined || orderBy.some(({ field }) => field === 'id')) return [...orderBy];
  return [...orderBy, { ...last, field: 'id' }];
}

function conjunction(conditions: readonly WireCondition[]): WireCondition | undefined {
  const list = sorted(conditions.flatMap((condition) => ('all' in condition ? condition.all : [condition])));
  const [only] = list;
  return list.length > 1 ? { all: list } : only;
}

/**
 * Returns the canonical form of a condition: members of a group are sorted and unique, and groups of one are unwrapped.
 */
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
