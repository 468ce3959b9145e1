import type { DatabaseSchema, FieldSchema, TableSchema } from '../schema/database-schema.ts';

/*
 * What clients can see. A field that is hidden from some readers or in some rows does not exist for any client, because
 * a condition on it would reveal its value.
 */

/** The table, or undefined if clients may not select anything from it. */
export function visibleTable(schema: DatabaseSchema, name: string): TableSchema | undefined {
  const table = schema.tables.get(name);
  return table === undefined || table.permissions.select === false ? undefined : table;
}

const columnsOf = new WeakMap<TableSchema, readonly string[]>();

/** The fields that a row shows besides `id`, in alphabetical order. */
export function columns(table: TableSchema): readonly string[] {
  const known = columnsOf.get(table);
  if (known !== undefined) return known;
  const all = [...table.fields.values()];
  // A field contains its nested fields, so one hidden member hides the whole field.
  const isHidden = (name: string): boolean => all.some((field) => isWithin(field.name, name) && field.select !== true);
  const names = all.map(({ name }) => name).filter((name) => name !== 'id' && !/[.*[]/.test(name) && !isHidden(name));
  columnsOf.set(table, names.sort());
  return names;
}

/** A field that conditions may name: a column, or a member of one that the schema defines, such as `address.city`. */
export function visibleField(table: TableSchema, name: string): FieldSchema | undefined {
  const [column] = name.split('.');
  if (column === undefined || !columns(table).includes(column) || /[*[]/.test(name)) return undefined;
  const field = table.fields.get(name);
  return field?.name === name ? field : undefined;
}

function isWithin(name: string, column: string): boolean {
  return name === column || name.startsWith(`${column}.`) || name.startsWith(`${column}[`);
}
