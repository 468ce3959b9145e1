import type { WireCondition, WireOrdering } from '@spookify/gateway/wire';

/** An unfinished query. */
export interface Draft {
  readonly table: string;
  /** The fields to read besides `id`; `undefined` means all of them. */
  readonly select: readonly string[] | undefined;
  /** Conditions that must all be true. */
  readonly where: readonly WireCondition[];
  readonly orderBy: readonly WireOrdering[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** One row or null instead of a list. */
  readonly single: boolean;
  /** The number of rows instead of the rows. */
  readonly count: boolean;
  /** Only rows that follow this row in the query's order. */
  readonly after: Cursor | undefined;
  /** Only rows up to this row in the query's order, and the row itself. */
  readonly until: Cursor | undefined;
  readonly related: readonly DraftRelation[];
}

/** A row, of which only the ordered fields and the id count. */
export type Cursor = Readonly<Record<string, unknown>>;

export interface DraftRelation {
  readonly name: string;
  readonly many: boolean;
  /** To-one: the field of the parent. To-many: the field of the child. */
  readonly field: string;
  readonly draft: Draft;
}

export function emptyDraft(table: string): Draft {
  return {
    table,
    select: undefined,
    where: [],
    orderBy: [],
    limit: undefined,
    offset: undefined,
    single: false,
    count: false,
    after: undefined,
    until: undefined,
    related: [],
  };
}
