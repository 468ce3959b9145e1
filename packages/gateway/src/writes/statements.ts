import { escapeIdent } from 'surrealdb';
import type { TableSchema } from '../schema/database-schema.ts';
import type { Fields, Write } from './write.ts';

/** A write as one text, which is one transaction, and the indexes of the results to use. */
export interface WriteText {
  readonly text: string;
  readonly bindings: Record<string, unknown>;
  /** The index of the result that lists what was written; it is empty if the database refused the write. */
  readonly changed: number;
  /**
   * The index of the result with the row as its writer sees it. The row has no id: the engine leaves the id out of a
   * row that the same transaction created.
   */
  readonly row?: number;
}

/** A text contains only names from the schema, escaped; every value is bound. */
export function writeText(write: Write): WriteText {
  const { id, table } = write;
  switch (write.kind) {
    case 'create': {
      const { text, bindings } = assignments(write.fields);
      return transaction(`CREATE $id${text} RETURN id`, table, { id, ...bindings });
    }
    case 'update': {
      const { text, bindings } = assignments(write.fields);
      return transaction(`UPDATE $id${text} RETURN id`, table, { id, ...bindings });
    }
    case 'delete':
      return { text: 'DELETE $id RETURN BEFORE', bindings: { id }, changed: 0 };
    case 'run':
      return runText(write);
  }
}

/** Reads the row as the user may see it: only fields that are not hidden from all clients. */
export function readText(table: TableSchema): string {
  const fields = [...table.fields.values()].filter(({ name, select }) => select !== false && !name.includes('.'));
  const names = fields.map(({ name }) => name).filter((name) => name !== 'id');
  return `SELECT ${['id', ...names.map(escapeIdent)].join(', ')} FROM ONLY $id`;
}

/**
 * With a unique key, returns the open job that has the key, or a new one. The column `active_key` exists for this, and
 * a function with that name computes it. The column's unique index refuses a second job that is inserted at the same
 * moment; a repeated attempt then finds the first one.
 *
 * A delay counts from the insert, by the database's clock: no other clock decides when a job is due.
 */
function runText({ id, table, fields, path, uniqueKey, delay }: Write & { kind: 'run' }): WriteText {
  const assigned = assignments(fields);
  const text = delay === undefined ? assigned.text : `${assigned.text}, run_at = time::now() + $delay`;
  const bindings = delay === undefined ? assigned.bindings : { ...assigned.bindings, delay };
  if (uniqueKey === undefined) return transaction(`CREATE $id${text} RETURN id`, table, { id, ...bindings });
  const name = escapeIdent(table.name);
  return {
    text: `{
      LET $active_key = fn::${name}::active_key($auth.id, $path, $key);
      LET $active = SELECT VALUE id FROM ${name} WHERE active_key = $active_key;
      IF $active != [] { RETURN $active };
      RETURN CREATE $id${text} RETURN VALUE id;
    }`,
    bindings: { id, path, key: uniqueKey, ...bindings },
    changed: 0,
  };
}

function transaction(statement: string, table: TableSchema, bindings: Record<string, unknown>): WriteText {
  return { text: `BEGIN; ${statement}; ${readText(table)}; COMMIT`, bindings, changed: 1, row: 2 };
}

function assignments(fields: Fields): { readonly text: string; readonly bindings: Record<string, unknown> } {
  const entries = [...fields];
  if (entries.length === 0) return { text: '', bindings: {} };
  return {
    text: ` SET ${entries.map(([name], index) => `${escapeIdent(name)} = $f${index}`).join(', ')}`,
    bindings: Object.fromEntries(entries.map(([, value], index) => [`f${index}`, value])),
  };
}
