import type { WirePlan } from '@spookify/gateway/wire';
import type { Flat, RecordInput, SchemaDefinition, TableMap } from '../schema-types.ts';
import { type Condition, conditionsOf, invalid } from './conditions.ts';
import { withBounds } from './cursor.ts';
import { type Cursor, type Draft, emptyDraft } from './draft.ts';
import { finish } from './plan.ts';
import { membersOf, requireField, requireRelation, requireTable } from './schema-lookup.ts';

declare const result: unique symbol;

/** A finished query: plain data that can be stored, compared by `key`, and watched any number of times. */
export interface Query<Result> {
  /** The plan that is sent to the gateway. */
  readonly plan: WirePlan;
  /** Equal queries have equal keys, in whatever order they were built. */
  readonly key: string;
  /** Also equal for queries that differ only in limit and offset. */
  readonly subject: string;
  /** Does not exist at run time. It carries the type of the result. */
  readonly [result]?: Result;
}

/** The result type of a query: `QueryResult<typeof query>`. */
export type QueryResult<Q> = Q extends Query<infer Result> ? Result : never;

export type Direction = 'asc' | 'desc';

type RowOf<Tables extends TableMap<Tables>, Name extends keyof Tables> = Tables[Name]['row'];
type RelationsOf<Tables extends TableMap<Tables>, Name extends keyof Tables> = Tables[Name]['relations'];
type TargetOf<Tables, Relation> = Relation extends { table: infer Target extends keyof Tables } ? Target : never;

type Selection<Row, Selected, Related> = Flat<Omit<Pick<Row, (Selected | 'id') & keyof Row>, keyof Related> & Related>;
type Outcome<Row, Selected, Related, Single> = Single extends 'count'
  ? number
  : Single extends true
    ? Selection<Row, Selected, Related> | null
    : Selection<Row, Selected, Related>[];
type ManyOf<Relations> = {
  [Name in keyof Relations]: Relations[Name] extends { many: true } ? Name : never;
}[keyof Relations];

/** What `after` and `until` need of a row: its id, and the fields that the query is ordered by. */
type CursorOf<Row, Ordered> = {
  readonly [Field in keyof Row as Field extends Ordered | 'id' ? Field : never]: RecordInput<Row[Field]>;
};

type RelatedOutcome<Relation, Row, Selected, Related, Single> = Relation extends { many: true }
  ? Outcome<Row, Selected, Related, Single>
  : Selection<Row, Selected, Related> | null;

/** A query for the number of rows, made by `count`. */
export interface CountQuery {
  /** Finishes the query. Throws as `build` of a QueryBuilder. */
  build(): Query<number>;
}

/**
 * Builds a query. Every call returns a new builder, so an unfinished query can be shared. Each step checks the schema,
 * also at run time: a wrong name is a ClientError with a code (seed 000, "Querying Job Status").
 */
export class QueryBuilder<
  Tables extends TableMap<Tables>,
  Name extends keyof Tables,
  Selected = keyof RowOf<Tables, Name>,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is what an intersection starts from; nothing is related yet.
  Related = {},
  Single = false,
  Ordered extends PropertyKey = never,
> {
  readonly #schema: SchemaDefinition;
  readonly #draft: Draft;

  /** Use `db.query(table)`. */
  constructor(schema: SchemaDefinition, draft: Draft) {
    this.#schema = schema;
    this.#draft = draft;
  }

  /** Reads only these fields and `id`. Default: every field that the permissions allow. */
  select<Field extends keyof RowOf<Tables, Name> & string>(
    ...fields: [Field, ...Field[]]
  ): QueryBuilder<Tables, Name, Field, Related, Single, Ordered> {
    for (const field of fields) requireField(this.#schema, this.#draft.table, field);
    return this.#with({ select: fields });
  }

  /**
   * Keeps the rows that match these conditions and those of earlier calls. Takes fields with values or operators, and
   * groups made by `any`, `all` and `not`.
   */
  where(
    ...conditions: [Condition<RowOf<Tables, Name>>, ...Condition<RowOf<Tables, Name>>[]]
  ): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered> {
    const more = conditions.flatMap((condition) => conditionsOf(this.#schema, this.#draft.table, condition));
    return this.#with({ where: [...this.#draft.where, ...more] });
  }

  /** Reads the number of related rows: `related('comments', (comments) => comments.count())`. */
  related<
    Relation extends ManyOf<RelationsOf<Tables, Name>> & string,
    Target extends keyof Tables = TargetOf<Tables, RelationsOf<Tables, Name>[Relation]>,
  >(
    relation: Relation,
    refine: (query: QueryBuilder<Tables, Target>) => CountQuery,
  ): QueryBuilder<
    Tables,
    Name,
    Selected,
    Flat<Omit<Related, Relation> & { [Key in Relation]: number }>,
    Single,
    Ordered
  >;
  /**
   * Reads related rows too: a list for a to-many relation, a row or null for a to-one relation (null also if the
   * permissions hide it). `refine` filters, sorts, limits or nests them.
   */
  related<
    Relation extends keyof RelationsOf<Tables, Name> & string,
    Target extends keyof Tables = TargetOf<Tables, RelationsOf<Tables, Name>[Relation]>,
    SubSelected = keyof RowOf<Tables, Target>,
    // biome-ignore lint/complexity/noBannedTypes: as above.
    SubRelated = {},
    SubSingle = false,
    SubOrdered extends PropertyKey = never,
  >(
    relation: Relation,
    refine?: (
      query: QueryBuilder<Tables, Target>,
    ) => QueryBuilder<Tables, Target, SubSelected, SubRelated, SubSingle, SubOrdered>,
  ): QueryBuilder<
    Tables,
    Name,
    Selected,
    Flat<
      Omit<Related, Relation> & {
        [Key in Relation]: RelatedOutcome<
          RelationsOf<Tables, Name>[Relation],
          RowOf<Tables, Target>,
          SubSelected,
          SubRelated,
          SubSingle
        >;
      }
    >,
    Single,
    Ordered
  >;
  related(relation: string, refine?: (query: never) => unknown): unknown {
    const { table, many, field } = requireRelation(this.#schema, this.#draft.table, relation);
    const start = new QueryBuilder<Tables, keyof Tables>(this.#schema, emptyDraft(table));
    const refined = refine === undefined ? start : refine(start as never);
    if (!(refined instanceof QueryBuilder)) {
      throw invalid(`The function for "${relation}" must return the query that it was given.`);
    }
    const draft = refined.#bounded();
    const { where, orderBy, limit, offset, count } = draft;
    if (!many && (count || where.length > 0 || orderBy.length > 0 || (limit ?? offset) !== undefined)) {
      throw invalid(`"${relation}" is a single record: it takes only select and related.`);
    }
    const others = this.#draft.related.filter(({ name }) => name !== relation);
    return new QueryBuilder(this.#schema, {
      ...this.#draft,
      related: [...others, { name: relation, many, field, draft }],
    });
  }

  /** Sorts by this field, after the fields of earlier calls. Call it before `after` and `until`. */
  orderBy<Field extends keyof RowOf<Tables, Name> & string>(
    field: Field,
    direction: Direction = 'asc',
  ): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered | Field> {
    requireField(this.#schema, this.#draft.table, field);
    const { after, until } = this.#draft;
    if (after !== undefined || until !== undefined) {
      throw invalid('Call orderBy before after and until.');
    }
    const ordering = direction === 'desc' ? { field, descending: true } : { field };
    return this.#with({ orderBy: [...this.#draft.orderBy, ordering] });
  }

  /**
   * Keeps the rows that come after this one in the query's order, whatever is inserted or deleted before it. The row
   * itself need not exist any more: only its id and the fields of `orderBy` count. Call it after `orderBy`.
   *
   * @throws SPOOKY_CLIENT_INVALID_QUERY from `build` if the query is ordered by a field that it does not select
   */
  after(row: CursorOf<RowOf<Tables, Name>, Ordered>): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered> {
    return this.#with({ after: cursorOf(row) });
  }

  /** Keeps the rows up to this one in the query's order, and the row itself. As `after`. */
  until(row: CursorOf<RowOf<Tables, Name>, Ordered>): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered> {
    return this.#with({ until: cursorOf(row) });
  }

  /** Reads at most this many rows. */
  limit(count: number): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered> {
    return this.#with({ limit: requireCount('limit', count) });
  }

  /** Skips this many rows. */
  offset(count: number): QueryBuilder<Tables, Name, Selected, Related, Single, Ordered> {
    return this.#with({ offset: requireCount('offset', count) });
  }

  /** Reads the first row, or null if there is none, instead of a list. */
  one(): QueryBuilder<Tables, Name, Selected, Related, true, Ordered> {
    return this.#with({ single: true });
  }

  /**
   * Reads the number of rows instead of the rows. It is kept up to date like rows, and only the number is sent.
   *
   * @throws SPOOKY_CLIENT_INVALID_QUERY with select, orderBy, limit, offset, one or related, which a number has no use for
   */
  count(): CountQuery {
    const { select, orderBy, limit, offset, single, related } = this.#draft;
    if (single || (select ?? limit ?? offset) !== undefined || orderBy.length + related.length > 0) {
      throw invalid('count takes only where, after and until.');
    }
    return new QueryBuilder<Tables, Name, Selected, Related, 'count'>(this.#schema, { ...this.#draft, count: true });
  }

  /**
   * Finishes the query.
   *
   * @throws SPOOKY_CLIENT_LIMIT and SPOOKY_CLIENT_TOO_LARGE if it exceeds a limit of the gateway
   */
  build(): Query<Outcome<RowOf<Tables, Name>, Selected, Related, Single>> {
    return finish(this.#bounded());
  }

  #bounded(): Draft {
    return withBounds(this.#schema, this.#draft);
  }

  #with<NewSelected, NewRelated, NewSingle, NewOrdered extends PropertyKey>(
    change: Partial<Draft>,
  ): QueryBuilder<Tables, Name, NewSelected, NewRelated, NewSingle, NewOrdered> {
    return new QueryBuilder(this.#schema, { ...this.#draft, ...change });
  }
}

/** Starts a query for all rows of a table. */
export function startQuery<Tables extends TableMap<Tables>, Name extends keyof Tables & string>(
  schema: SchemaDefinition,
  table: Name,
): QueryBuilder<Tables, Name> {
  requireTable(schema, table);
  return new QueryBuilder(schema, emptyDraft(table));
}

function requireCount(what: 'limit' | 'offset', count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalid(`${what} must be a whole number of 0 or more, not ${count}.`);
}

/** Copies the row, which may be part of a store that changes. */
function cursorOf(row: object): Cursor {
  if (typeof row !== 'object' || row === null) throw invalid(`after and until take a row, not ${typeof row}.`);
  return Object.fromEntries(membersOf(row, invalid));
}
