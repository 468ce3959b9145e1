import type { WireCondition, WirePlan } from '@spookify/gateway/wire';

/** Stands for a value. */
const HIDDEN = '…';

/** Returns a plan in which every compared value is hidden. */
export function hideValues(plan: WirePlan): WirePlan {
  const { where, related } = plan;
  return {
    ...plan,
    ...(where === undefined ? {} : { where: hiddenIn(where) }),
    ...(related === undefined
      ? {}
      : { related: related.map((relation) => ({ ...relation, plan: hideValues(relation.plan) })) }),
  };
}

function hiddenIn(condition: WireCondition): WireCondition {
  if ('all' in condition) return { all: condition.all.map(hiddenIn) };
  if ('any' in condition) return { any: condition.any.map(hiddenIn) };
  if ('not' in condition) return { not: hiddenIn(condition.not) };
  return { ...condition, value: HIDDEN };
}
