import type { DatabaseSchema } from '../schema/database-schema.ts';

/**
 * The schema as if everybody might select every row. A plan that is compiled for it has no conditions besides its own:
 * run in a reader's own session, it shows what the engine itself lets them see. That proves compiled permissions.
 */
export function openSchema(schema: DatabaseSchema): DatabaseSchema {
  const tables = [...schema.tables].map(
    ([name, table]) => [name, { ...table, permissions: { ...table.permissions, select: true } }] as const,
  );
  return { ...schema, tables: new Map(tables) };
}
