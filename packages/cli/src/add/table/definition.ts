import { capitalized, type TableNames } from './names.ts';

/** The most characters of a text. The schema asserts it, and the form says it before. */
export const TEXT_LIMIT = 2000;

/**
 * What `spooky add table` appends to schema.surql, the one file whose tables are applied: outbox/ has job tables only, and a
 * file of migrations/ runs once.
 *
 * @param users the table of the people who sign in
 */
export function tableDefinition({ table, many }: TableNames, users: string): string {
  return `
${`-- ${capitalized(many)} `.padEnd(118, '-')}

-- Only the owner of a row sees and writes it.
DEFINE TABLE OVERWRITE ${table} TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select, update, delete WHERE $auth.id != NONE AND owner = $auth.id
    FOR create WHERE $auth.id != NONE AND owner = $auth.id AND string::len(<string> id) <= 255;

DEFINE FIELD OVERWRITE owner ON ${table} TYPE record<${users}> DEFAULT $auth.id READONLY;
DEFINE FIELD OVERWRITE text ON ${table} TYPE string
  VALUE string::trim($value)
  ASSERT string::len($value) >= 1 AND string::len($value) <= ${TEXT_LIMIT};
DEFINE FIELD OVERWRITE created_at ON ${table} TYPE datetime VALUE $before ?? time::now();
DEFINE FIELD OVERWRITE updated_at ON ${table} TYPE datetime VALUE time::now();

-- Finds the rows of one owner, in the order of the list.
DEFINE INDEX OVERWRITE ${table}_owner_created_at ON ${table} FIELDS owner, created_at;
`;
}
