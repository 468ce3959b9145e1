import type { RecordId } from 'surrealdb';

/** A plan whose names and values were checked against the schema; values are decoded. */
export interface Plan {
  readonly table: string;
  /** `undefined`: every field that the permissions show. */
  readonly select: readonly string[] | undefined;
  readonly where: Condition | undefined;
  /** Ends with `id`, so that the order is total. Empty: by id. */
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
  readonly single: boolean;
  readonly related: readonly Relation[];
}

export interface Relation {
  readonly name: string;
  readonly many: boolean;
  readonly field: string;
  readonly plan: Plan;
}

export type Condition =
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: unknown }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

export type Operator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'contains';

/** One node of a plan: the plan itself, or a relation. Numbered in the order in which they are written, from 0. */
export interface PlanNode {
  readonly index: number;
  /** The index of the parent; -1 for the plan itself. */
  readonly parent: number;
  /** The member of the parent row that holds this node's rows; '' for the plan itself. */
  readonly name: string;
  readonly table: string;
  readonly many: boolean;
  /** The plan's `single`. */
  readonly single: boolean;
  readonly plan: Plan;
  /** As in Relation; '' for the plan itself. */
  readonly field: string;
  /** For a relation to one: the column of the parent row in the statement's result that holds the record it points to. */
  readonly linkColumn: string | undefined;
  /** Where else this node's permission looks: other tables, each by a field of this node's rows that holds a record. */
  readonly follows: readonly { readonly field: string; readonly table: string }[];
  /** The reader's own record, if this node's permission reads a field of it. */
  readonly readsReader: RecordId | undefined;
}

/** A plan for one reader, ready to run. */
export interface CompiledPlan {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  /** Equal for readers and plans that may share a view. */
  readonly key: string;
  /**
   * `exact`: `statement` holds the permissions and is run by the gateway's own user, in a round.
   * `engine`: a permission cannot be compiled; `statement` is run in the reader's own engine session, which applies it.
   */
  readonly live: { readonly kind: 'exact' } | { readonly kind: 'engine'; readonly reason: string };
  /** Every table whose rows decide the result. */
  readonly tables: ReadonlySet<string>;
  /**
   * The plan as one SELECT, without a semicolon. Its parameters begin with `prefix`, so that many fit into one text.
   *
   * The result is a list of rows (also for `single`), each with its related rows as a list under the relation's name
   * (also for a relation to one), and with the `linkColumn`s. It holds one row more than ROWS_MAX if there are too many.
   */
  statement(prefix: string): Statement;
  /**
   * The same plan with the same columns and without permissions, for the reader's own engine session, which applies them. A sample
   * of views is compared with it.
   */
  proof(prefix: string): Statement;
  /** For a list of the last rows by an indexed field: a statement whose cost does not grow with the table. */
  readonly recent: RecentRows | undefined;
}

export interface Statement {
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
}

/**
 * The engine reads an index forwards only, so the last rows by a field cost as much as all rows. Who has seen the list
 * before knows a value that the last rows are not below, and needs to read only from there.
 */
export interface RecentRows {
  /** The member of a row that the list is ordered by. */
  readonly field: string;
  /** A result of so many rows is the list. With fewer, rows are missing: run the plan's `statement`. */
  readonly count: number;
  /** @param floor `field` of the last row of an earlier result; a value of another kind reads the whole table */
  statement(prefix: string, floor: unknown): Statement;
}

export type Compile = (plan: Plan, reader: RecordId) => CompiledPlan;
