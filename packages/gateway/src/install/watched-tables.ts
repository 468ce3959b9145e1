/*
 * The tables whose changes gateways must learn of: those that users can see, and those whose records decide what users
 * see.
 */
import { type CompiledPermission, compilePermission } from '../permissions/compile-permission.ts';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { recordTablesOf } from '../schema/kinds.ts';

export function watchedTables(schema: DatabaseSchema): ReadonlySet<string> {
  const tables = [...schema.tables.values()];
  const shown = tables.filter(({ permissions }) => permissions.select !== false);
  // A permission may follow a record into a table that no client can select from.
  const followed = shown.flatMap(({ fields }) => [...fields.values()].flatMap(({ kind }) => recordTablesIn(kind)));
  // Users may be records of any table, as an access can return any record.
  const read = tables.filter((readers) =>
    shown.some((table) => {
      const context = { schema, table, readerTable: readers.name };
      return mayRead(readers, compilePermission(table.permissions.select, context));
    }),
  );
  return new Set([...shown.map(({ name }) => name), ...followed, ...read.map(({ name }) => name)]);
}

/** Whether a permission may read fields of its readers. Only the engine knows what a permission reads that it evaluates. */
function mayRead({ isSchemafull, fields }: TableSchema, permission: CompiledPermission): boolean {
  if (permission.kind !== 'where') return permission.kind === 'engine';
  return permission.readerMembers.some((member) => !isSchemafull || fields.has(member));
}

/** The tables that a kind such as `option<record<user | team>>` names. */
function recordTablesIn(kind = ''): readonly string[] {
  return [...kind.matchAll(/record<[^>]+>/g)].flatMap(([one]) => recordTablesOf(one) ?? []);
}
