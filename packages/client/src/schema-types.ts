import type { CompiledRequest, payloadIssues } from '@spookify/config/payload-verdict';
import type { WireValue } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';

/** The types of one table of a schema file. */
export interface TableTypes {
  /** A row as it is read. Fields that may be missing or hidden by permissions are optional. */
  row: { id: RecordId };
  /** The fields that `create` accepts. */
  create: object;
  /** The fields that `update` accepts. */
  update: object;
  relations: object;
}

/** `Tables` of a schema file: an interface with one member per table. */
export type TableMap<Tables> = { [Name in keyof Tables]: TableTypes };
/** The types of one route of a backend. */
export interface RouteTypes {
  /** The request body. */
  payload: unknown;
  /** The JSON that the backend answers with when a job succeeds. */
  result: unknown;
}

/** `Backends` of a schema file: the routes of each backend, by path. */
export type BackendMap<Backends> = {
  [Name in keyof Backends]: { [Path in keyof Backends[Name]]: RouteTypes };
};

export interface RelationDefinition {
  readonly table: string;
  readonly many: boolean;
  /**
   * To-one: the field of this table that contains the record id. To-many: the field of the other table that points to
   * this one.
   */
  readonly field: string;
}

export interface TableDefinition {
  readonly fields: readonly string[];
  readonly relations: Readonly<Record<string, RelationDefinition>>;
  /** The fields that contain a record id or a list of them, and never text. Default: none. */
  readonly records?: readonly string[];
  /**
   * What a new record gets for a field that is left out, as far as it is certain without the database. Default: nothing
   * is known.
   */
  readonly defaults?: Readonly<Record<string, FieldDefault>>;
}

/** A value, the time of the write, or the id of the user who makes the record. */
export type FieldDefault = { readonly value: WireValue } | { readonly is: 'now' | 'user' };

export interface BackendDefinition {
  /** The outbox table of the backend. */
  readonly table: string;
  /** The paths that jobs can call. */
  readonly routes: readonly string[];
}

/** The module beside the schema file that checks payloads. */
export interface PayloadModule {
  /** The compiled request schemas, by backend and path. */
  readonly payloads: Readonly<Record<string, Readonly<Record<string, CompiledRequest>>>>;
  /** Checks a payload with one of them. */
  readonly payloadIssues: typeof payloadIssues;
}

/** The part of a schema that exists at run time. */
export interface SchemaDefinition {
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly backends: Readonly<Record<string, BackendDefinition>>;
  /** Loads the check of payloads. Called with each payload. */
  readonly payloads: () => Promise<PayloadModule>;
}

declare const types: unique symbol;

/** A schema with its types. `spooky generate` writes it and `createClient` takes it. */
export interface Schema<Tables, Backends> extends SchemaDefinition {
  /** Does not exist at run time. It carries the types. */
  readonly [types]?: { tables: Tables; backends: Backends };
}

/** Combines the definition that `spooky generate` has read from the database and the specs with the generated types. */
export function defineSchema<Tables extends TableMap<Tables>, Backends extends BackendMap<Backends>>(
  definition: SchemaDefinition,
): Schema<Tables, Backends> {
  return definition;
}

/** Flattens an intersection, so that editors show fields instead of `Omit<Pick<…>>`. */
export type Flat<T> = { [Key in keyof T]: T[Key] };

/** A record id as input: a RecordId, or a text such as `thread:abc`. */
export type RecordIdInput<Name extends string = string> = RecordId<Name> | `${Name}:${string}`;

/** The value of a field as input. A field of record type also accepts a record id as text, or a list of them. */
export type RecordInput<Value> = unknown extends Value
  ? Value
  : Value extends RecordId<infer Name>
    ? RecordId<Name> | `${Name}:${string}`
    : Value extends readonly RecordId<infer Name>[]
      ? readonly (RecordId<Name> | `${Name}:${string}`)[]
      : Value;

/** The fields of a row as input. */
export type FieldsInput<Fields> = { [Field in keyof Fields]: RecordInput<Fields[Field]> };

/** A payload as input of `run`. A string property also accepts a RecordId. */
export type PayloadInput<T> = T extends string
  ? T | RecordId
  : T extends readonly (infer Item)[]
    ? readonly PayloadInput<Item>[]
    : T extends object
      ? { [Key in keyof T]: PayloadInput<T[Key]> }
      : T;
