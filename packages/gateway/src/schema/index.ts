/** Reads a database's schema for the gateway, and finds its problems for `spooky check` and its defaults for clients. */

export type { DatabaseSchema, Permission } from './database-schema.ts';
export { type FieldDefault, fieldDefault } from './field-default.ts';
export { readDatabaseSchema } from './read-schema.ts';
export { type SchemaFault, schemaFaults } from './schema-faults.ts';
