import { decodeValue, type WireCondition, type WirePlan } from '@spookify/gateway/wire';
import { nodesOf } from '../live/plan-nodes.ts';
import { ViewStore } from '../live/view-store.ts';
import { draftsOf } from './drafts.ts';
import type { KnownRows } from './known-rows.ts';
import { rulesOf } from './node-rules.ts';
import type { PendingRecords } from './pending-records.ts';

/**
 * Whether the pending writes alone determine the result of a plan, so that it can be shown before the gateway answers:
 * the plan is about one record, a pending write creates that record, and every related row is known.
 *
 * The result is then that of an overlay of an empty view.
 */
export function answersAlone(plan: WirePlan, pending: PendingRecords, known: KnownRows): boolean {
  const change = pending.get(plan.table)?.get(pinnedKey(plan.where) ?? '')?.change;
  if (change === undefined || change.kind === 'updated') return false;
  if (change.kind === 'deleted') return change.wasCreated;
  const { nodes } = new ViewStore(plan);
  return draftsOf(nodes, nodesOf(plan).map(rulesOf), pending, known).every(({ isComplete }) => isComplete);
}

/** The key of the only record that can match a condition. */
function pinnedKey(where: WireCondition | undefined): string | undefined {
  if (where === undefined) return undefined;
  if ('all' in where) return where.all.map(pinnedKey).find((key) => key !== undefined);
  if (!('field' in where) || where.field !== 'id' || where.is !== 'eq') return undefined;
  return String(decodeValue(where.value));
}
