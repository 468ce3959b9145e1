import { escapeIdent, type RecordId } from 'surrealdb';
import { columns } from '../plans/visible-fields.ts';
import type { TableSchema } from '../schema/database-schema.ts';
import type { Receipt } from './receipts.ts';
import type { Fields, Run, Update, Write } from './write.ts';

/*
 * Each write is one block, which is one transaction:
 *
 *   compare with the base ─▶ create the receipt ─▶ write ─▶ read the row as its writer sees it
 *
 * The receipt comes before everything that fails or changes something, so that a repeat finds it first.
 */

/** What the database answers to a write. */
export interface WriteAnswer {
  /** The row that was written. */
  readonly id?: RecordId;
  /**
   * The row as its writer sees it. It has no id: the engine leaves the id out of a row that the same transaction created.
   */
  readonly row?: object | null;
  /** Nothing was written: the stored values that are in conflict, each with the index of its field. */
  readonly conflict?: readonly (readonly [index: number, value: unknown, ...unknown[]])[];
}

interface Statement {
  readonly text: string;
  readonly bindings: Record<string, unknown>;
}

/**
 * What a write throws if the database has changed nothing. The engine does not say why: the permissions, or there is no
 * such record. It also reports no change if the writer may not see the result. Without the throw, such a write would
 * be made, and be answered as refused.
 */
export const NOTHING_CHANGED = 'spooky: nothing was changed';

/** The text contains only names from the schema, escaped; every value is bound. */
export function writeText(write: Write, receipt: Receipt): Statement {
  const { text, bindings } = changeText(write);
  return { text: `{ ${text} }`, bindings: { ...bindings, id: write.id, receipt: receipt.id, write: receipt.write } };
}

/**
 * Reads the row as views show it: only fields that every reader of the row sees. The engine, in the user's own session,
 * is the second line of defence.
 *
 * @param id the parameter with the id of the row. Default: `$id`
 */
export function readText(table: TableSchema, id = '$id'): string {
  return `SELECT ${['id', ...columns(table).map(escapeIdent)].join(', ')} FROM ONLY ${id}`;
}

function changeText(write: Write): Statement {
  switch (write.kind) {
    case 'create': {
      const { text, bindings } = assignments(write.fields);
      return { text: `${receiptFor('$id')} ${create(text)} ${answerWith(write.table)}`, bindings };
    }
    case 'update':
      return updateText(write);
    case 'delete':
      return { text: `${receiptFor('$id')} ${required('DELETE $id RETURN BEFORE')} RETURN { id: $id }`, bindings: {} };
    case 'run':
      return runText(write);
  }
}

/**
 * With a base, compares the stored values first. A conflict is returned and not thrown, because only a result carries
 * values. A repeat has no conflict: its own first attempt, or a later write, may have changed the values.
 *
 * If the writer may not see the row, nothing is compared, and the write fails as for a missing row.
 */
function updateText({ table, fields, base }: Update): Statement {
  const { text, bindings } = assignments(fields);
  const update = required(`UPDATE $id${text} RETURN VALUE id`);
  if (base.size === 0) return { text: `${receiptFor('$id')} ${update} ${answerWith(table)}`, bindings };
  const names = [...fields.keys()];
  const compared = [...base].map(([name, value], place) => ({ name, value, place, index: names.indexOf(name) }));
  const columns = compared.map(({ name }) => escapeIdent(name));
  const triples = compared.map(({ place, index }) => `[${index}, $stored[${place}], $b${index}, $f${index}]`);
  return {
    text: `
      LET $stored = (SELECT VALUE [${columns.join(', ')}] FROM ONLY $id);
      LET $conflict = [${triples.join(', ')}].filter(|$of| $of[1] != $of[2] AND $of[1] != $of[3]);
      IF $stored != NONE AND $conflict != [] AND !record::exists($receipt) {
        RETURN { conflict: $conflict }
      };
      ${receiptFor('$id')}
      IF $stored = NONE { THROW '${NOTHING_CHANGED}' };
      ${update} ${answerWith(table)}`,
    bindings: { ...bindings, ...Object.fromEntries(compared.map(({ value, index }) => [`b${index}`, value])) },
  };
}

/**
 * With a unique key, returns the open job that has the key, or a new one. The column `active_key` exists for this, and
 * a function with that name computes it. The column's unique index refuses a second job that is inserted at the same
 * moment; a repeated attempt then finds the first one.
 *
 * A delay counts from the insert, by the database's clock: no other clock decides when a job is due.
 */
function runText({ table, fields, path, uniqueKey, delay }: Run): Statement {
  const assigned = assignments(fields);
  const text = delay === undefined ? assigned.text : `${assigned.text}, run_at = time::now() + $delay`;
  const bindings = delay === undefined ? assigned.bindings : { ...assigned.bindings, delay };
  if (uniqueKey === undefined) return { text: `${receiptFor('$id')} ${create(text)} ${answerWith(table)}`, bindings };
  const name = escapeIdent(table.name);
  return {
    text: `
      LET $active_key = fn::${name}::active_key($auth.id, $path, $key);
      LET $active = SELECT VALUE id FROM ${name} WHERE active_key = $active_key;
      LET $row = $active[0] ?? $id;
      ${receiptFor('$row')}
      IF $active = [] { ${create(text)} };
      ${answerWith(table, '$row')}`,
    bindings: { path, key: uniqueKey, ...bindings },
  };
}

/** @param row the parameter with the id of the row that is written */
function receiptFor(row: string): string {
  return `CREATE $receipt SET write = $write, row = ${row} RETURN NONE;`;
}

function create(assigned: string): string {
  return required(`CREATE $id${assigned} RETURN VALUE id`);
}

/** @param statement returns an empty list if it has changed nothing */
function required(statement: string): string {
  return `IF (${statement}) = [] { THROW '${NOTHING_CHANGED}' };`;
}

function answerWith(table: TableSchema, id = '$id'): string {
  return `RETURN { id: ${id}, row: (${readText(table, id)}) };`;
}

function assignments(fields: Fields): { readonly text: string; readonly bindings: Record<string, unknown> } {
  const entries = [...fields];
  if (entries.length === 0) return { text: '', bindings: {} };
  return {
    text: ` SET ${entries.map(([name], index) => `${escapeIdent(name)} = $f${index}`).join(', ')}`,
    bindings: Object.fromEntries(entries.map(([, value], index) => [`f${index}`, value])),
  };
}
