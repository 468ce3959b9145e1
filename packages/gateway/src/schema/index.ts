/** What the gateway reads of a database's schema, and what `spooky check` says about it. */

export type { DatabaseSchema, FieldSchema, FunctionSchema, Permission, TableSchema } from './database-schema.ts';
export { readDatabaseSchema } from './read-schema.ts';
export { type SchemaFault, schemaFaults } from './schema-faults.ts';
