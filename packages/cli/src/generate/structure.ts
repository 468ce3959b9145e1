// The parts of the answers of `INFO FOR … STRUCTURE` that the generator uses.

/** `true` for FULL, `false` for NONE, otherwise the condition. */
export type Permission = boolean | string;

export interface FieldStructure {
  /** The name in SurrealQL, possibly nested: `errors.*`, `settings.theme`. */
  readonly name: string;
  /** Absent for a computed field without a type. */
  readonly kind?: string;
  readonly default?: string;
  /** The VALUE clause. */
  readonly value?: string;
  readonly computed?: string;
  readonly flexible?: boolean;
  readonly readonly?: boolean;
  readonly reference?: object;
  readonly permissions: { readonly select: Permission; readonly create: Permission; readonly update: Permission };
}

export interface TableStructure {
  readonly name: string;
  readonly permissions: {
    readonly select: Permission;
    readonly create: Permission;
    readonly update: Permission;
    readonly delete: Permission;
  };
  readonly fields: readonly FieldStructure[];
  readonly indexes: readonly IndexStructure[];
}

export interface IndexStructure {
  readonly name: string;
  /** The fields in the order of the index. Nested ones are written as `settings.theme`. */
  readonly cols: readonly string[];
}

/** Runs SurrealQL and returns the result of every statement. */
export type Query = (statements: string) => Promise<unknown[]>;

/** The definitions of a database. */
export interface DatabaseStructure {
  /** Sorted by name. */
  readonly tables: TableStructure[];
  /** The names of the functions, with their `fn::`. */
  readonly functions: string[];
}

interface DatabaseInfo {
  readonly tables: readonly Pick<TableStructure, 'name' | 'permissions'>[];
  readonly functions: readonly { readonly name: string }[];
}

/** Reads the structure of every table of the database, and the names of its functions. */
export async function readStructure(query: Query): Promise<DatabaseStructure> {
  const [info] = (await query('INFO FOR DB STRUCTURE')) as [DatabaseInfo];
  const tables: TableStructure[] = [];
  for (const { name, permissions } of info.tables) {
    const [table] = (await query(`INFO FOR TABLE \`${name.replaceAll('`', '\\`')}\` STRUCTURE`)) as [
      Pick<TableStructure, 'fields' | 'indexes'>,
    ];
    const indexes = table.indexes.map(({ name, cols }) => ({ name, cols }));
    tables.push({ name, permissions, fields: table.fields, indexes });
  }
  return {
    tables: tables.toSorted((a, b) => compare(a.name, b.name)),
    functions: info.functions.map(({ name }) => `fn::${name}`),
  };
}

/** Compares by code unit, so that the order does not depend on the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
