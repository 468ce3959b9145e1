import { escapeIdent } from 'surrealdb';
import type { TableSchema } from '../schema/database-schema.ts';
import type { Fields, Write } from './check-write.ts';

/** A write as one text, which is one transaction, and which of its results to look at. */
export interface WriteText {
  readonly text: string;
  readonly bindings: Record<string, unknown>;
  /** The index of the result that lists what was written; empty if the database refused. */
  readonly changed: number;
  /** The index of the result with the row as its writer sees it, without its id: the engine leaves it out of a row that the same transaction made. */
  readonly row?: number;
}

/** Only names of the schema stand in a text, escaped; every value is bound. */
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

/** The row as the user may see it: only fields that are not hidden from clients altogether. */
export function readText(table: TableSchema): string {
  const fields = [...table.fields.values()].filter(({ name, select }) => select !== false && !name.includes('.'));
  const names = fields.map(({ name }) => name).filter((name) => name !== 'id');
  return `SELECT ${['id', ...names.map(escapeIdent)].join(', ')} FROM ONLY $id`;
}

/**
 * With a unique key: the open job that has it, or a new one. The column `active_key` exists for this, and a function of
 * that name says what is in it; its index refuses a second one that is made at the same moment, and trying again finds the
 * first.
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
