import type { WireRecordId, WireValue } from './value.ts';

/*
 * What a browser sends in place of SurrealQL: a read as a plan, a write as one typed operation.
 */

/** A read: the rows of one table, and related rows below them. Every name is checked against the database's schema. */
export interface WirePlan {
  readonly table: string;
  /** The fields to read besides `id`. Absent: every field that the permissions show. */
  readonly select?: readonly string[];
  readonly where?: WireCondition;
  readonly orderBy?: readonly WireOrdering[];
  /** At most this many rows. Absent: all, up to the gateway's limit for a view. */
  readonly limit?: number;
  /** Leaves the first rows out. Default: 0. */
  readonly offset?: number;
  /** The first row or null in place of a list. Default: false. */
  readonly single?: boolean;
  readonly related?: readonly WireRelation[];
}

export type WireCondition =
  | { readonly field: string; readonly is: WireOperator; readonly value: WireValue }
  | { readonly all: readonly WireCondition[] }
  | { readonly any: readonly WireCondition[] }
  | { readonly not: WireCondition };

export type WireOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'contains';

export interface WireOrdering {
  readonly field: string;
  /** Default: false. */
  readonly descending?: boolean;
}

export interface WireRelation {
  /** The member of the row that holds the related rows. */
  readonly name: string;
  /** Several rows of the other table belong to one of this. */
  readonly many: boolean;
  /** To one: the field of this table that holds the record. To many: the field of the other table that points here. */
  readonly field: string;
  /** What to read of the other table. A relation to one takes `select` and `related` only. */
  readonly plan: WirePlan;
}

/** A write. Ids are chosen by the client, so sending it again has no second effect. */
export type WireWrite =
  | { readonly kind: 'create'; readonly id: WireRecordId; readonly fields: Readonly<Record<string, WireValue>> }
  /** Sets fields. The value NONE takes a field away. */
  | { readonly kind: 'update'; readonly id: WireRecordId; readonly fields: Readonly<Record<string, WireValue>> }
  | { readonly kind: 'delete'; readonly id: WireRecordId }
  /** Inserts one job with this id into the backend's outbox. */
  | {
      readonly kind: 'run';
      readonly backend: string;
      readonly path: string;
      readonly id: WireRecordId;
      readonly payload: WireValue;
      readonly options?: WireRunOptions;
    };

export interface WireRunOptions {
  readonly assignedTo?: WireRecordId;
  readonly maxRetries?: number;
  readonly retryStrategy?: 'linear' | 'exponential';
  /** Budget of one attempt, in milliseconds. */
  readonly timeoutMs?: number;
  /** From the insert until the job is due, in milliseconds. */
  readonly delayMs?: number;
  /** Answers with the job that has this key and is not over yet, if there is one. */
  readonly uniqueKey?: string;
}
