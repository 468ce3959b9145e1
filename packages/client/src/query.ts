import { type CompiledQuery, compile } from './compile.ts';
import { ClientError } from './errors.ts';
import type { Condition, Direction, QueryPlan } from './query-plan.ts';
import type { Flat, SchemaDefinition, TableMap } from './schema-types.ts';
import { conditionsOf, requireCount, requireField, requireRelation, requireTable } from './validate-query.ts';

declare const result: unique symbol;

/** A finished query: plain data that may be kept, compared by `key`, and watched any number of times. */
export interface Query<Result> extends CompiledQuery {
  /** Never there at run time: it carries the type of the result. */
  readonly [result]?: Result;
}

/** The result type of a query: `QueryResult<typeof query>`. */
export type QueryResult<Q> = Q extends Query<infer Result> ? Result : never;

/** Comparisons of one field. Several of them must all hold. */
export interface Operators<Value> {
  eq?: Value;
  ne?: Value;
  gt?: Value;
  gte?: Value;
  lt?: Value;
  lte?: Value;
  /** One of these. */
  in?: readonly Value[];
  /** A list that contains this item, or a text that contains this part. */
  contains?: NonNullable<Value> extends readonly (infer Item)[] ? Item : Value;
}

/** A value means equality; `{ gt: … }` and its like compare. `undefined` matches rows that have no such field. */
export type Where<Row> = { [Field in keyof Row]?: Row[Field] | Operators<Row[Field]> };

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
 * Puts a query together. Every call gives a new builder, so a half-made query can be shared.
 * The schema is checked at each step, also at run time: a wrong name is a ClientError with a code.
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
  readonly #plan: QueryPlan;

  /** Called by `db.query(table)`. */
  constructor(schema: SchemaDefinition, plan: QueryPlan) {
    this.#schema = schema;
    this.#plan = plan;
  }

  /** Reads these fields only, and `id`. Default: every field that the permissions show. */
  select<Field extends keyof RowOf<Tables, Name> & string>(
    ...fields: [Field, ...Field[]]
  ): QueryBuilder<Tables, Name, Field, Related, Single> {
    for (const field of fields) requireField(this.#schema, this.#plan.table, field);
    return this.#with({ select: fields });
  }

  /** Keeps rows for which all of this holds, in addition to earlier calls. */
  where(conditions: Where<RowOf<Tables, Name>>): QueryBuilder<Tables, Name, Selected, Related, Single> {
    const more: Condition[] = conditionsOf(this.#schema, this.#plan.table, conditions);
    return this.#with({ where: [...this.#plan.where, ...more] });
  }

  /**
   * Reads related rows along: a list for a to-many relation, a row or null for a to-one relation (null also when the
   * permissions hide it). `refine` narrows, sorts, limits or nests what is read.
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
    const { table, many, field } = requireRelation(this.#schema, this.#plan.table, relation);
    const start = new QueryBuilder<Tables, Target>(this.#schema, emptyPlan(table));
    const { plan } = refine === undefined ? { plan: start.#plan } : { plan: refine(start).#plan };
    if (!many && (plan.where.length > 0 || plan.orderBy.length > 0 || (plan.limit ?? plan.offset) !== undefined)) {
      throw new ClientError(
        'SPOOKY_CLIENT_INVALID_QUERY',
        `"${relation}" is a single record: it takes select and related, but no where, orderBy, limit or offset.`,
      );
    }
    const others = this.#plan.relations.filter(({ name }) => name !== relation);
    return this.#with({ relations: [...others, { name: relation, many, field, plan }] });
  }

  /** Sorts by this field, after the fields of earlier calls. */
  orderBy<Field extends keyof RowOf<Tables, Name> & string>(
    field: Field,
    direction: Direction = 'asc',
  ): QueryBuilder<Tables, Name, Selected, Related, Single> {
    requireField(this.#schema, this.#plan.table, field);
    return this.#with({
      orderBy: [...this.#plan.orderBy, { field, direction: direction === 'desc' ? 'desc' : 'asc' }],
    });
  }

  /** At most this many rows. */
  limit(count: number): QueryBuilder<Tables, Name, Selected, Related, Single> {
    return this.#with({ limit: requireCount('limit', count) });
  }

  /** Leaves the first rows out. */
  offset(count: number): QueryBuilder<Tables, Name, Selected, Related, Single> {
    return this.#with({ offset: requireCount('offset', count) });
  }

  /** The first row, or null when there is none, instead of a list. */
  one(): QueryBuilder<Tables, Name, Selected, Related, true> {
    return this.#with({ single: true });
  }

  /** Finishes the query. */
  build(): Query<Outcome<RowOf<Tables, Name>, Selected, Related, Single>> {
    return compile(this.#plan);
  }

  #with<NewSelected, NewRelated, NewSingle>(
    change: Partial<QueryPlan>,
  ): QueryBuilder<Tables, Name, NewSelected, NewRelated, NewSingle> {
    return new QueryBuilder(this.#schema, { ...this.#plan, ...change });
  }
}

/** The query for all rows of a table. */
export function startQuery<Tables extends TableMap<Tables>, Name extends keyof Tables & string>(
  schema: SchemaDefinition,
  table: Name,
): QueryBuilder<Tables, Name> {
  requireTable(schema, table);
  return new QueryBuilder(schema, emptyPlan(table));
}

function emptyPlan(table: string): QueryPlan {
  return {
    table,
    select: undefined,
    where: [],
    orderBy: [],
    limit: undefined,
    offset: undefined,
    single: false,
    relations: [],
  };
}
