/**
 * The statements that create and change rows. Variables: `$id`, `$content`, `$row`, and for a change `$value`, `$path`,
 * `$merge`.
 */

type Statement = (table: string) => string;

/** Restores a row, in whatever state it is. */
export const PUT = 'DELETE $id; CREATE $id CONTENT $content';

export const CREATES: readonly [Statement, ...Statement[]] = [
  () => 'CREATE $id CONTENT $content',
  () => 'UPSERT $id CONTENT $content',
  (table) => `INSERT INTO ${table} $row`,
];

/** Every statement that changes one field of a row. */
export const UPDATES: readonly ((table: string, field: string) => string)[] = [
  (_, field) => `UPDATE $id SET ${field} = $value`,
  () => 'UPDATE $id MERGE $merge',
  () => 'UPDATE $id CONTENT $content',
  () => 'UPDATE $id REPLACE $content',
  () => `UPDATE $id PATCH [{ op: 'replace', path: $path, value: $value }]`,
  (_, field) => `UPSERT $id SET ${field} = $value`,
  (table, field) => `UPDATE ${table} SET ${field} = $value WHERE id = $id`,
  (table, field) => `INSERT INTO ${table} $row ON DUPLICATE KEY UPDATE ${field} = $value`,
];

export const DELETES: readonly ((table: string) => string)[] = [
  () => 'DELETE $id',
  (table) => `DELETE ${table} WHERE id = $id`,
  (table) => `DELETE ${table}`,
  (table) => `DELETE ${table}:..`,
];
