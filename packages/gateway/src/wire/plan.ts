import type { WireRecordId, WireValue } from './value.ts';

/* What a browser sends instead of SurrealQL: a read is a plan, and a write is one typed operation. */

/** A read: rows of one table, and their related rows. Every name is checked against the database's schema. */
export interface WirePlan {
  readonly table: string;
  /** The fields to read besides `id`. Default: every field that the permissions show. */
  readonly select?: readonly string[];
  readonly where?: WireCondition;
  readonly orderBy?: readonly WireOrdering[];
  /** The most rows to return. Default: all, up to ROWS_MAX. */
  readonly limit?: number;
  /** The number of rows to skip. Default: 0. */
  readonly offset?: number;
  /** Returns the first row or null instead of a list. Default: false. */
  readonly single?: boolean;
  /**
   * Returns the number of rows instead of the rows. Only with `table` and `where`. Default: false.
   */
  readonly count?: boolean;
  readonly related?: readonly WireRelation[];
}

/** One comparison, or a group of conditions: all must hold, at least one must hold, or the inner one must not hold. */
export type WireCondition =
  | { readonly field: string; readonly is: WireOperator; readonly value: WireValue }
  | { readonly all: readonly WireCondition[] }
  | { readonly any: readonly WireCondition[] }
  | { readonly not: WireCondition };

/** `in`: the value is a list that contains the field. `contains`: the field, a list or a text, contains the value. */
export type WireOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'contains';

/** One ordering. Later ones decide between rows that are equal in the earlier ones, and the id decides last. */
export interface WireOrdering {
  readonly field: string;
  /** Default: false. */
  readonly descending?: boolean;
}

/** Related rows: to one, the record that a field of this table holds; to many, the rows whose field holds this record. */
export interface WireRelation {
  /** The member of the row that holds the related rows. */
  readonly name: string;
  /** Whether several rows of the other table belong to one row of this table. */
  readonly many: boolean;
  /** To one: this table's field that holds the record. To many: the other table's field that links to this table. */
  readonly field: string;
  /** What to read from the other table. A relation to one allows only `table`, `select` and `related`. */
  readonly plan: WirePlan;
}

/** A write. The client chooses the ids. The key of the frame makes sure that a repeat has no second effect. */
export type WireWrite =
  | { readonly kind: 'create'; readonly id: WireRecordId; readonly fields: Readonly<Record<string, WireValue>> }
  /**
   * Sets fields. The value NONE removes a field. `base` has the values that the writer saw, for some of the `fields`;
   * NONE if the field was absent. If the stored value of such a field equals neither its base nor its new value, the
   * write is refused with SPOOKY_GATEWAY_CONFLICT. Fields without a base are set in any case.
   */
  | {
      readonly kind: 'update';
      readonly id: WireRecordId;
      readonly fields: Readonly<Record<string, WireValue>>;
      readonly base?: Readonly<Record<string, WireValue>>;
    }
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

/** The options of a job, as in `db.run(backend, path, payload, options)`. Seed 000 defines the first three. */
export interface WireRunOptions {
  /** The record that the job is about. Only its owner may start the job. Default: none; the job belongs to its creator. */
  readonly assignedTo?: WireRecordId;
  /** Attempts after the first, from 0 to 25. Default: 3. */
  readonly maxRetries?: number;
  /** How the delay between attempts grows. Default: `linear`. */
  readonly retryStrategy?: 'linear' | 'exponential';
  /** The time limit of one attempt, in milliseconds. Default: the backend's timeout in sp00ky.yml. */
  readonly timeoutMs?: number;
  /** The time between the insert and when the job becomes due, in milliseconds. Default: 0. */
  readonly delayMs?: number;
  /** If an open job has this key, the write returns that job instead of a new one. */
  readonly uniqueKey?: string;
}
