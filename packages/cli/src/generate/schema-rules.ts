import type { TableStructure } from './structure.ts';

/** A field whose definition exposes more than it seems to. */
export interface UnsafeField {
  readonly field: string;
  readonly message: string;
}

/**
 * Finds REFERENCE fields. In the engine (3.0.2), `<~table` lists the rows that point to a record without checking the permissions of
 * their table. The gateway finds the other definitions that look protected and are not.
 */
export function checkTable({ name: table, fields }: TableStructure): UnsafeField[] {
  return fields
    .filter(({ reference }) => reference !== undefined)
    .map(({ name: field }) => ({
      field,
      message: `REFERENCE shows rows of ${table} to every user who may read the record they point to; remove it, write DEFINE INDEX ${table}_${field} ON ${table} FIELDS ${field} for the relation, and an event to delete rows together`,
    }));
}
