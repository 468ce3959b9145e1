/**
 * Finds out who may do what, for every table, field, role and verb of the schema. It tries every statement and every known
 * path around a permission.
 */
import type { Cell, Column, RowCell, TableCell } from './cells.ts';
import type { Stage } from './people.ts';
import { Prober } from './prober.ts';
import { readTables } from './tables.ts';

/** Yields every column, or those of one table. Throws if such a table or one of its fields has no fixture. */
export async function* columnsOf({ root, roles }: Stage, only?: string): AsyncGenerator<Column> {
  const tables = await readTables(root);
  for (const [table, fields] of tables) {
    if (only !== undefined && table !== only) continue;
    for (const role of roles) yield new Prober(root, role, table, fields, tables).column();
  }
}

/** Yields one field's cells, role by role. */
export function cellsOf(stage: Stage, table: string, field: string): AsyncGenerator<[role: string, cell: Cell]> {
  return byRole(stage, table, (prober) => prober.cell(field));
}

/** Yields the cells of all fields, role by role. */
export async function* allCellsOf(
  { root, roles }: Stage,
  table: string,
): AsyncGenerator<[role: string, field: string, cell: Cell]> {
  const tables = await readTables(root);
  for (const role of roles) {
    const prober = new Prober(root, role, table, tables.get(table) ?? new Map(), tables);
    for await (const [field, cell] of prober.cells()) yield [role.name, field, cell];
  }
}

/** Yields what each role can do with a row as a whole, role by role. */
export function rowsOf(stage: Stage, table: string): AsyncGenerator<[role: string, row: RowCell]> {
  return byRole(stage, table, (prober) => prober.row());
}

/** Yields what happens to rows of a table, for the rows that each role tries to access. */
export function tableCellsOf(stage: Stage, table: string): AsyncGenerator<[role: string, found: TableCell]> {
  return byRole(stage, table, (prober) => prober.table());
}

async function* byRole<T>(
  { root, roles }: Stage,
  table: string,
  probe: (prober: Prober) => Promise<T>,
): AsyncGenerator<[role: string, found: T]> {
  const tables = await readTables(root);
  for (const role of roles) {
    yield [role.name, await probe(new Prober(root, role, table, tables.get(table) ?? new Map(), tables))];
  }
}
