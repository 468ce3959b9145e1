import type { RecordId } from 'surrealdb';
import type { RecordFields, RecordOf } from '../permissions/evaluate.ts';
import type { Follow } from '../permissions/reads.ts';
import type { Truth } from '../values/truth.ts';
import type { Condition } from './condition.ts';

/** A plan whose names and values were checked against the schema, with decoded values. */
export interface Plan {
  readonly table: string;
  /** `undefined`: every field that the permissions show. */
  readonly select: readonly string[] | undefined;
  readonly where: Condition | undefined;
  /** Ends with `id`, so that the order is total. Empty: ordered by id. */
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
  readonly single: boolean;
  /** The number of rows instead of the rows. Such a plan has only `table` and `where`. */
  readonly count: boolean;
  readonly related: readonly Relation[];
}

export interface Relation {
  readonly name: string;
  readonly many: boolean;
  readonly field: string;
  readonly plan: Plan;
}

/**
 * One node of a plan: the plan itself, or a relation. Nodes are numbered from 0 in the order in which they are written.
 */
export interface PlanNode {
  readonly index: number;
  /** The index of the parent node; -1 for the plan itself. */
  readonly parent: number;
  /** The member of the parent row that holds this node's rows; '' for the plan itself. */
  readonly name: string;
  readonly table: string;
  readonly many: boolean;
  /** `single` of the plan. */
  readonly single: boolean;
  /**
   * What is sent of a list: its rows, or only their number. For `number`, the statement returns the ids, which are held;
   * for `total`, it returns the number.
   */
  readonly shows: 'rows' | 'number' | 'total';
  readonly plan: Plan;
  /** As in Relation; '' for the plan itself. */
  readonly field: string;
  /**
   * For a relation to one: the column of the parent row, in the statement's result, that holds the linked record's id.
   */
  readonly linkColumn: string | undefined;
  /**
   * The fields that a row of this node shows, in alphabetical order, with `id` and without those that a relation
   * replaces. `all`, which also shows hidden fields, is for tests without a schema.
   */
  readonly columns: readonly string[] | 'all';
  /** The complete order of a list, ending with `id`, with the column of the statement's result that holds each field. */
  readonly order: readonly OrderColumn[];
  /** The most rows that a list of this node shows. */
  readonly count: number;
  /** The most rows that the statement returns for a list: those that are shown, and a reserve (views/state.ts). */
  readonly fetched: number;
  /** The records that this node's permission follows from this node's rows, and what it reads of them. */
  readonly follows: readonly Follow[];
  /** The reader's own record, if this node's permission reads fields of it, and these fields. */
  readonly readsReader: RecordId | undefined;
  readonly readerMembers: readonly string[];
  readonly permission: NodePermission;
}

export interface OrderColumn {
  readonly field: string;
  readonly column: string;
  readonly descending: boolean;
}

/** Which rows of a node's table its reader sees. */
export type NodePermission =
  | { readonly kind: 'all' | 'none' }
  | {
      readonly kind: 'where';
      /**
       * Whether the reader sees a row.
       *
       * @param row all fields of the row, as `SELECT *` returns them, also the hidden ones
       * @param recordOf is asked for the records of `follows`, and for `readsReader`
       * @returns undefined if only the engine can decide
       */
      isVisible(row: RecordFields, recordOf: RecordOf): Truth;
      /** If false, `isVisible` decides few rows or none. */
      readonly isDecidable: boolean;
    }
  /** Only the engine can evaluate the permission. */
  | { readonly kind: 'engine' };

/** A plan compiled for one reader. */
export interface CompiledPlan {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  /** Equal for plans and readers that may share a view. */
  readonly key: string;
  /**
   * `exact`: `statement` contains the permissions; the gateway's service user runs it in a round.
   * `engine`: a permission cannot be compiled; `statement` runs in the reader's own engine session, which applies it.
   */
  readonly live: { readonly kind: 'exact' } | { readonly kind: 'engine'; readonly reason: string };
  /** Every table whose rows affect the result. */
  readonly tables: ReadonlySet<string>;
  /**
   * The plan as one SELECT, without a semicolon. Its parameters begin with `prefix`, so that several statements fit
   * into one text. The result is a list of rows (also for `single`), each with its related rows as a list under the
   * relation's name (also for a relation to one), and with the `linkColumn`s. If there are too many rows, the result
   * holds ROWS_MAX + 1.
   */
  statement(prefix: string): Statement;
  /**
   * Rows of one node by their ids, each with its related rows, as `statement` returns them: only rows that the
   * permission and the conditions of the node show, in any order, whatever list they are in.
   */
  rows(node: number, prefix: string, ids: readonly RecordId[]): Statement;
  /**
   * The same plan with the same columns but without permissions, for the reader's own engine session, which applies
   * them. A sample of views is compared with its result.
   */
  unrestricted(prefix: string): Statement;
  /**
   * For a plan that counts: the same plan, counted by the engine in the reader's session, for more rows than a view may
   * hold.
   */
  readonly total: CompiledPlan | undefined;
  /** For a list of the last rows by an indexed field: a statement whose cost does not grow with the table. */
  readonly recent: RecentRows | undefined;
}

export interface Statement {
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
}

/**
 * The engine reads an index only forwards, so the last rows by a field cost as much as all rows. A reader of an earlier
 * result knows its last value, and needs to read the index only from that value on.
 */
export interface RecentRows {
  /** The field that the list is ordered by. */
  readonly field: string;
  /**
   * All rows from the floor on, up to the root's `fetched`. With fewer rows than the root shows, some are missing; run the
   * plan's `statement`.
   *
   * @param floor `field` of the last row in an earlier result; a value of an unsupported kind reads the whole
   *   table
   */
  statement(prefix: string, floor: unknown): Statement;
}

export type Compile = (plan: Plan, reader: RecordId) => CompiledPlan;
