import type { WirePlan } from '@spookify/gateway/wire';
import type { Flat, SchemaDefinition, TableMap } from '../schema-types.ts';
import { type Condition, conditionsOf, invalid } from './conditions.ts';
import { type Draft, emptyDraft } from './draft.ts';
import { finish } from './plan.ts';
import { requireField, requireRelation, requireTable } from './schema-lookup.ts';

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
type Outcome<Row, Selected, Related, Single> = Single extends true
  ? Selection<Row, Selected, Related> | null
  : Selection<Row, Selected, Related>[];
type RelatedOutcome<Relation, Row, Selected, Related, Single> = Relation extends { many: true }
  ? Outcome<Row, Selected, Related, Single>
  : Selection<Row, Selected, Related> | null;

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
  ): QueryBuilder<Tables, Name, Field, Related, Single> {
    for (const field of fields) requireField(this.#schema, this.#draft.table, field);
    return this.#with({ select: fields });
  }

  /**
   * Keeps the rows that match these conditions and those of earlier calls. Takes fields with values or operators, and
   * groups made by `any`, `all` and `not`.
   */
  where(
    ...conditions: [Condition<RowOf<Tables, Name>>, ...Condition<RowOf<Tables, Name>>[]]
  ): QueryBuilder<Tables, Name, Selected, Related, Single> {
    const more = conditions.flatMap((condition) => conditionsOf(this.#schema, this.#draft.table, condition));
    return this.#with({ where: [...this.#draft.where, ...more] });
  }

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
  >(
    relation: Relation,
    refine?: (query: QueryBuilder<Tables, Target>) => QueryBuilder<Tables, Target, SubSelected, SubRelated, SubSingle>,
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
    Single
  > {
    const { table, many, field } = requireRelation(this.#schema, this.#draft.table, relation);
    const start = new QueryBuilder<Tables, Target>(this.#schema, emptyDraft(table));
    const draft = refine === undefined ? start.#draft : refine(start).#draft;
    if (!many && (draft.where.length > 0 || draft.orderBy.length > 0 || (draft.limit ?? draft.offset) !== undefined)) {
      throw invalid(
        `"${relation}" is a single record: it takes select and related, but no where, orderBy, limit or offset.`,
      );
    }
    const others = this.#draft.related.filter(({ name }) => name !== relation);
    return this.#with({ related: [...others, { name: relation, many, field, draft }] });
  }

  /** Sorts by this field, after the fields of earlier calls. */
  orderBy<Field extends keyof RowOf<Tables, Name> & string>(
    field: Field,
    direction: Direction = 'asc',
  ): QueryBuilder<Tables, Name, Selected, Related, Single> {
    requireField(this.#schema, this.#draft.table, field);
    const ordering = direction === 'desc' ? { field, descending: true } : { field };
    return this.#with({ orderBy: [...this.#draft.orderBy, ordering] });
  }

  /** Reads at most this many rows. */
  limit(count: number): QueryBuilder<Tables, Name, Selected, Related, Single> {
    return this.#with({ limit: requireCount('limit', count) });
  }

  /** Skips this many rows. */
  offset(count: number): QueryBuilder<Tables, Name, Selected, Related, Single> {
    return this.#with({ offset: requireCount('offset', count) });
  }

  /** Reads the first row, or null if there is none, instead of a list. */
  one(): QueryBuilder<Tables, Name, Selected, Related, true> {
    return this.#with({ single: true });
  }

  /**
   * Finishes the query.
   *
   * @throws SPOOKY_CLIENT_LIMIT and SPOOKY_CLIENT_TOO_LARGE if it exceeds a limit of the gateway
   */
  build(): Query<Outcome<RowOf<Tables, Name>, Selected, Related, Single>> {
    return finish(this.#draft);
  }

  #with<NewSelected, NewRelated, NewSingle>(
    change: Partial<Draft>,
  ): QueryBuilder<Tables, Name, NewSelected, NewRelated, NewSingle> {
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
