import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';

/** Where a permission stands. */
export interface Surroundings {
  readonly schema: DatabaseSchema;
  readonly table: TableSchema;
  readonly readerTable: string;
}
