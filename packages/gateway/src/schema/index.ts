/** Reads a database's schema for the gateway, and finds its problems for `spooky check`. */

export type { DatabaseSchema, Permission } from './database-schema.ts';
export { readDatabaseSchema } from './read-schema.ts';
export { type SchemaFault, schemaFaults } from './schema-faults.ts';
