import type { Duration, RecordId } from 'surrealdb';
import type { TableSchema } from '../schema/database-schema.ts';

/** A write whose names and values were checked against the schema. The database's permissions decide the rest. */
export type Write =
  | { readonly kind: 'create'; readonly id: RecordId; readonly table: TableSchema; readonly fields: Fields }
  | Update
  | { readonly kind: 'delete'; readonly id: RecordId; readonly table: TableSchema }
  | Run;

/** `base` has the values that the writer saw, of some of the fields. */
export interface Update {
  readonly kind: 'update';
  readonly id: RecordId;
  readonly table: TableSchema;
  readonly fields: Fields;
  readonly base: Fields;
}

/** A job. With `uniqueKey`, it is created only if no open job has the key. */
export interface Run {
  readonly kind: 'run';
  readonly id: RecordId;
  readonly table: TableSchema;
  readonly fields: Fields;
  readonly path: string;
  readonly uniqueKey: string | undefined;
  /** The time between the insert and when the job becomes due; undefined if it is due at once. */
  readonly delay: Duration | undefined;
}

/** Values by name. Each name is a field of the table. */
export type Fields = ReadonlyMap<string, unknown>;
