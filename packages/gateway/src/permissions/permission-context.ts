import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';

/** What a permission is compiled against: the schema, its table, and the table of the readers. */
export interface PermissionContext {
  readonly schema: DatabaseSchema;
  readonly table: TableSchema;
  readonly readerTable: string;
}
