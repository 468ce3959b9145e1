import { QUIET_VARIABLE } from '@spookify/gateway/install';
import { isStatementError, type Queries } from '@spookify/surreal-link';
import { BoundExcluded, escapeIdent, type RecordId, RecordIdRange } from 'surrealdb';

/** What an earlier version of the outbox file has defined, and this one does not. */
const LEFT_OVER = {
  fields: ['token', 'lease_until'],
  indexes: (table: string) => [`${table}_status_run_at`, `${table}_request`],
};

/** Rows that one transaction changes. */
const PORTION = 1_000;

/** Index: none, by id. Every write of a row without a partition gives it one, which is the field's default. */
const UPDATE = `{
  LET $${QUIET_VARIABLE} = true;
  LET $changed = (UPDATE $ids UNSET ${LEFT_OVER.fields.join(', ')}
    WHERE partition = NONE OR ${LEFT_OVER.fields.map((field) => `${field} != NONE`).join(' OR ')} RETURN VALUE id);
}`;

interface TableInfo {
  readonly fields: readonly { readonly name: string }[];
  readonly indexes: readonly { readonly name: string }[];
}

/**
 * Brings job tables of an earlier version to this one: jobs without a partition get one, and the fields and indexes of claims go.
 * A job that says `processing` stays as it is: the next runner makes it due again, since the runner that its row names is not alive.
 *
 * Runners of an earlier version must have stopped. Does nothing to a table of this version, and may be interrupted: what is left over
 * is removed last.
 *
 * @param owner connected as an owner, after the schema files were applied
 */
export async function updateOutboxes(owner: Queries, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const name = escapeIdent(table);
    const [{ fields, indexes }] = await owner.queryAll<[TableInfo]>(`INFO FOR TABLE ${name} STRUCTURE`);
    const leftFields = LEFT_OVER.fields.filter((field) => fields.some((found) => found.name === field));
    const leftIndexes = LEFT_OVER.indexes(table).filter((index) => indexes.some((found) => found.name === index));
    if (leftFields.length === 0 && leftIndexes.length === 0) continue;
    await updateRows(owner, table);
    await owner.queryAll(
      [
        'BEGIN',
        ...leftFields.map((field) => `REMOVE FIELD IF EXISTS ${field} ON ${name}`),
        ...leftIndexes.map((index) => `REMOVE INDEX IF EXISTS ${escapeIdent(index)} ON ${name}`),
        'COMMIT',
      ].join(';'),
    );
  }
}

/** By id, a portion at a time, without a word to gateways, which read everything again afterwards. */
async function updateRows(owner: Queries, table: string): Promise<void> {
  let range = new RecordIdRange(table, undefined, undefined);
  for (;;) {
    const ids = await owner.query<RecordId[]>(`SELECT VALUE id FROM $range LIMIT ${PORTION}`, { range });
    const last = ids.at(-1);
    if (last === undefined) return;
    try {
      await owner.queryAll(UPDATE, { ids });
    } catch (error) {
      if (!isStatementError(error)) throw error;
      // One of them fits no field definition. The runner cannot work on it either, and says so.
      for (const id of ids) await owner.queryAll(UPDATE, { ids: [id] }).catch(ignoreStatementError);
    }
    range = new RecordIdRange(table, new BoundExcluded(last.id), undefined);
  }
}

function ignoreStatementError(error: unknown): void {
  if (!isStatementError(error)) throw error;
}
