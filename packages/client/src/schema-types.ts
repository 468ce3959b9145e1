import type { RecordId } from 'surrealdb';

/** What a schema file says about one table, as types. */
export interface TableTypes {
  /** A row as it is read. Fields that may be missing, or hidden by permissions, are optional. */
  row: { id: RecordId };
  /** The fields that must or may be given when a row is made. */
  create: object;
  /** The fields that may be changed. */
  update: object;
  relations: object;
}

/** `Tables` of a schema file: an interface with a member for each table. */
export type TableMap<Tables> = { [Name in keyof Tables]: TableTypes };
/** `Backends` of a schema file: each backend's routes, and what their request bodies look like. */
export type BackendMap<Backends> = { [Name in keyof Backends]: object };

/** A JSON Schema, as it stands in an OpenAPI 3.1 spec; `$ref`s are already inlined or under `$defs`. */
export type JsonSchema = { readonly [keyword: string]: unknown } | boolean;

export interface RelationDefinition {
  readonly table: string;
  readonly many: boolean;
  /** To one: the field of this table that holds the record. To many: the field of the other table that points here. */
  readonly field: string;
}

export interface TableDefinition {
  readonly fields: readonly string[];
  readonly relations: Readonly<Record<string, RelationDefinition>>;
  /** The fields that hold a record or a list of records, and never text. Absent: none. */
  readonly records?: readonly string[];
}

export interface BackendDefinition {
  /** The outbox table that its jobs are inserted into. */
  readonly table: string;
  readonly routes: Readonly<Record<string, JsonSchema>>;
}

/** The part of a schema that is there at run time. */
export interface SchemaDefinition {
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly backends: Readonly<Record<string, BackendDefinition>>;
}

declare const types: unique symbol;

/** A schema with its types. Made by `spooky generate`, taken by `createClient`. */
export interface Schema<Tables, Backends> extends SchemaDefinition {
  /** Never there at run time: it carries the types. */
  readonly [types]?: { tables: Tables; backends: Backends };
}

/** Binds what `spooky generate` has read from the database and the specs to the types that it wrote for them. */
export function defineSchema<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  definition: SchemaDefinition,
): Schema<Tables, Backends> {
  return definition;
}

/** Spells an intersection out, so that editors show fields instead of `Omit<Pick<…>>`. */
export type Flat<T> = { [Key in keyof T]: T[Key] };

/** A record id as it may be given: a RecordId, or a text such as `thread:abc`. */
export type RecordIdInput<Name extends string = string> = RecordId<Name> | `${Name}:${string}`;

/** The value of a field as it may be given: where the schema says record, also the text of one, or a list of them. */
export type RecordInput<Value> = unknown extends Value
  ? Value
  : Value extends RecordId<infer Name>
    ? RecordId<Name> | `${Name}:${string}`
    : Value extends readonly RecordId<infer Name>[]
      ? readonly (RecordId<Name> | `${Name}:${string}`)[]
      : Value;

/** The fields of a row as they may be given. */
export type FieldsInput<Fields> = { [Field in keyof Fields]: RecordInput<Fields[Field]> };

/** A payload as it may be given to `run`: where the spec says string, a RecordId will do. */
export type PayloadInput<T> = T extends string
  ? T | RecordId
  : T extends readonly (infer Item)[]
    ? readonly PayloadInput<Item>[]
    : T extends object
      ? { [Key in keyof T]: PayloadInput<T[Key]> }
      : T;
