import type { DatabaseSchema } from '../schema/database-schema.ts';

/**
 * A copy of the schema in which everyone may select every row. A plan compiled for it contains only its own conditions.
 * In a reader's own session it therefore returns what the engine itself lets the reader see. Tests compare compiled
 * permissions with that.
 */
export function unrestrictedSchema(schema: DatabaseSchema): DatabaseSchema {
  const tables = [...schema.tables].map(
    ([name, table]) => [name, { ...table, permissions: { ...table.permissions, select: true } }] as const,
  );
  return { ...schema, tables: new Map(tables) };
}
