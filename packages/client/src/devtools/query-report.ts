import type { WirePlan } from '@spookify/gateway/wire';
import type { ClientErrorCode } from '../errors.ts';
import type { LiveQuery } from '../live/live-query.ts';
import type { LiveState } from '../live/live-state.ts';
import { hideValues } from './hide-values.ts';
import type { QueryRecord } from './recorder.ts';

/** A watched query. */
export interface QueryReport extends Omit<QueryRecord, 'kind'> {
  readonly table: string;
  /** The query as the gateway gets it. Compared values are `…` unless `showValues` is set. */
  readonly plan: WirePlan;
  readonly state: LiveState<unknown>['kind'];
  /** Why it fails. */
  readonly error: ClientErrorCode | undefined;
  /** The number of rows of its result, without related ones. For a count it is the number. */
  readonly rows: number | undefined;
  /** The number of its watches. A query without one ends after a second. */
  readonly subscribers: number;
  /** The result, if `showValues` is set. */
  readonly data?: unknown;
}

export function queryReport(live: LiveQuery, seen: QueryRecord, showValues: boolean): QueryReport {
  const { plan, state, listeners } = live;
  const { id, updates, updatedAt, version } = seen;
  return {
    ...{ id, table: plan.table, state: state.kind, error: state.error?.code, rows: rowsOf(state.data) },
    ...{ subscribers: listeners.size, updates, updatedAt, version },
    plan: showValues ? plan : hideValues(plan),
    ...(showValues ? { data: state.data } : {}),
  };
}

function rowsOf(data: unknown): number | undefined {
  if (data === undefined || typeof data === 'number') return data;
  if (data === null) return 0;
  return Array.isArray(data) ? data.length : 1;
}
