import { compilePermission } from '../permissions/compile-permission.ts';
import type { DatabaseSchema, FieldSchema, TableSchema } from './database-schema.ts';
import { linkedTable } from './kinds.ts';

/** What `spooky check` says about a schema. */
export interface SchemaFault {
  readonly table: string;
  readonly field?: string;
  readonly kind: 'engine-permission' | 'row-dependent-field' | 'unindexed-key' | 'no-permissions';
  /** What is wrong, what follows from it, and what to do. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/**
 * Finds what makes views slow, or hides fields from everyone. `no-permissions` is not among them: INFO prints a table
 * without PERMISSIONS as PERMISSIONS NONE, so only the schema's files can tell.
 */
export function schemaFaults(schema: DatabaseSchema): readonly SchemaFault[] {
  return [...schema.tables.values()]
    .filter(({ permissions }) => permissions.select !== false)
    .flatMap((table) => [
      ...permissionFaults(schema, table),
      ...[...table.fields.values()].flatMap((field) => fieldFaults(table, field)),
    ]);
}

function permissionFaults(schema: DatabaseSchema, table: TableSchema): readonly SchemaFault[] {
  // Who signs in is not known here: a permission is fine if it compiles for readers of some table.
  const tries = [...schema.tables.keys()].map((readerTable) =>
    compilePermission(table.permissions.select, { schema, table, readerTable }),
  );
  const [first] = tries;
  if (first?.kind !== 'engine' || tries.some(({ kind }) => kind !== 'engine')) return [];
  const message =
    `The select permission of ${table.name} cannot be compiled (${first.reason}). Its views are read again once a second, ` +
    'for each user; write it with comparisons of own fields, of $auth, and of the fields of one linked record.';
  return [{ table: table.name, kind: 'engine-permission', message, severity: 'warning' }];
}

function fieldFaults(table: TableSchema, { name, kind, select, isComputed }: FieldSchema): readonly SchemaFault[] {
  const faults: SchemaFault[] = [];
  const add = (of: SchemaFault['kind'], severity: SchemaFault['severity'], message: string): void => {
    faults.push({ table: table.name, field: name, kind: of, message, severity });
  };
  if (typeof select === 'string') {
    const remedy = 'move it to a table of its own, or make its select permission FULL or NONE.';
    add(
      'row-dependent-field',
      'error',
      `${table.name}.${name} is shown in some rows only, so clients never see it; ${remedy}`,
    );
  }
  if (isComputed && select === true) {
    const remedy = 'leave it out of queries that many watch.';
    add(
      'engine-permission',
      'warning',
      `${table.name}.${name} is computed, so views that show it are read again once a second; ${remedy}`,
    );
  }
  const isIndexed = table.indexes.some(({ fields }) => fields[0] === name);
  if (linkedTable(kind) !== undefined && !/[.*]/.test(name) && !isIndexed) {
    const remedy = `DEFINE INDEX ${table.name}_${name} ON ${table.name} FIELDS ${name}.`;
    add(
      'unindexed-key',
      'warning',
      `${table.name}.${name} holds a record and has no index, so the rows that point to one are found by reading all; ${remedy}`,
    );
  }
  return faults;
}
