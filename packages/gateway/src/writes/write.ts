import type { Duration, RecordId } from 'surrealdb';
import type { TableSchema } from '../schema/database-schema.ts';

/** A write whose names and values were checked against the schema. The database's permissions decide the rest. */
export type Write =
  | { readonly kind: 'create'; readonly id: RecordId; readonly table: TableSchema; readonly fields: Fields }
  | { readonly kind: 'update'; readonly id: RecordId; readonly table: TableSchema; readonly fields: Fields }
  | { readonly kind: 'delete'; readonly id: RecordId; readonly table: TableSchema }
  | Run;

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
