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
  readonly related: readonly DraftRelation[];
}

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
    related: [],
  };
}
