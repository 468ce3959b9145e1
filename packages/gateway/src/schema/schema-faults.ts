import { type CompiledPermission, compilePermission } from '../permissions/compile-permission.ts';
import type { DatabaseSchema, FieldSchema, TableSchema } from './database-schema.ts';
import { linkedTable } from './kinds.ts';

/** A problem in a schema that `spooky check` reports. */
export interface SchemaFault {
  readonly table: string;
  readonly field?: string;
  readonly kind: 'engine-permission' | 'row-dependent-field' | 'unindexed-key';
  /** What is wrong, what it causes, and what to do. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/**
 * Finds what makes views slow or hides fields from everyone. Not a table without PERMISSIONS: INFO prints it as
 * PERMISSIONS NONE, so only the schema files can tell.
 */
export function schemaFaults(schema: DatabaseSchema): readonly SchemaFault[] {
  return [...schema.tables.values()]
    .filter(({ permissions }) => permissions.select !== false)
    .flatMap((table) => {
      // The table of the users is not known here, so every table is tried as the table of the readers.
      const tries = [...schema.tables.keys()].map((readerTable) =>
        compilePermission(table.permissions.select, { schema, table, readerTable }),
      );
      return [
        ...permissionFaults(table, tries),
        ...keyFaults(table, tries),
        ...[...table.fields.values()].flatMap((field) => fieldFaults(table, field)),
      ];
    });
}

/** @param tries the permission compiled for the readers of each table; it is fine if it compiles for one of them */
function permissionFaults(table: TableSchema, tries: readonly CompiledPermission[]): readonly SchemaFault[] {
  const [first] = tries;
  if (tries.some(({ kind }) => kind === 'where') && tries.every((one) => one.kind === 'where' && !one.isDecidable)) {
    const message =
      `The select permission of ${table.name} has a part that only the database can evaluate, so the gateway asks the database ` +
      'about each changed row; compare with texts, numbers, times and records instead.';
    return [{ table: table.name, kind: 'engine-permission', message, severity: 'warning' }];
  }
  if (first?.kind !== 'engine' || tries.some(({ kind }) => kind !== 'engine')) return [];
  const message =
    `The select permission of ${table.name} cannot be compiled (${first.reason}). Its views are read again once a second, ` +
    "for each user; use only comparisons of the table's own fields, of $auth, and of the fields of one linked record.";
  return [{ table: table.name, kind: 'engine-permission', message, severity: 'warning' }];
}

/**
 * Warns about keys by which the gateway finds a reader's rows and which no index begins with. A key that no permission
 * requires needs no index: no relation back uses it, and the index would slow down every write.
 */
function keyFaults(table: TableSchema, tries: readonly CompiledPermission[]): readonly SchemaFault[] {
  const demanded = new Set(tries.flatMap((compiled) => (compiled.kind === 'where' ? compiled.readerFields : [])));
  return [...demanded]
    .filter((name) => linkedTable(table.fields.get(name)?.kind) !== undefined)
    .filter((name) => !table.indexes.some(({ fields }) => fields[0] === name))
    .map((field) => ({
      table: table.name,
      field,
      kind: 'unindexed-key',
      message:
        `The select permission of ${table.name} requires ${field} to be the reader, but no index begins with ${field}, so ` +
        `finding the rows of one reader reads the rows of all; DEFINE INDEX ${table.name}_${field} ON ${table.name} FIELDS ${field}.`,
      severity: 'warning',
    }));
}

function fieldFaults(table: TableSchema, { name, select, isComputed }: FieldSchema): readonly SchemaFault[] {
  const faults: SchemaFault[] = [];
  const add = (of: SchemaFault['kind'], severity: SchemaFault['severity'], message: string): void => {
    faults.push({ table: table.name, field: name, kind: of, message, severity });
  };
  if (typeof select === 'string') {
    const remedy = 'move it to a separate table, or make its select permission FULL or NONE.';
    add(
      'row-dependent-field',
      'error',
      `${table.name}.${name} is visible in some rows only, so clients never see it; ${remedy}`,
    );
  }
  if (isComputed && select === true) {
    const remedy = 'leave it out of queries with many readers.';
    add(
      'engine-permission',
      'warning',
      `${table.name}.${name} is computed, so views that show it are read again once a second; ${remedy}`,
    );
  }
  return faults;
}
