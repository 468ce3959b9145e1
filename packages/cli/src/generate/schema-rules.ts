import type { TableStructure } from './structure.ts';

/** A field whose definition shows clients more than it seems to. */
export interface UnsafeField {
  readonly field: string;
  readonly message: string;
}

/**
 * Finds what does not protect data although it looks as if it did (engine 3.0.2):
 *
 * - A permission of a field that depends on the row. Reading by an index skips it, so a list in the order of an index shows
 *   the field to every user who may see the row.
 * - A reference. `<~table` lists the rows that point to a record and skips the permissions of their table.
 */
export function checkTable({ name: table, fields }: TableStructure): UnsafeField[] {
  const faults: UnsafeField[] = [];
  for (const { name: field, permissions, reference } of fields) {
    if (typeof permissions.select === 'string') {
      const message = `the engine skips FOR select WHERE ${permissions.select} when it reads by an index; move the field to a table with that permission`;
      faults.push({ field, message });
    }
    if (reference !== undefined) {
      const message = `REFERENCE shows rows of ${table} to every user who may read the record they point to; remove it, write DEFINE INDEX ${table}_${field} ON ${table} FIELDS ${field} for the relation, and an event to delete rows together`;
      faults.push({ field, message });
    }
  }
  return faults;
}
