import { QUIET_VARIABLE } from '@spookify/gateway/install';
import { isStatementError, type Queries } from '@spookify/surreal-link';
import { BoundExcluded, escapeIdent, type RecordId, RecordIdRange } from 'surrealdb';

/** Fields and indexes that an earlier version of the outbox file defined, and this version does not. */
const LEFT_OVER = {
  fields: ['token', 'lease_until'],
  indexes: (table: string) => [`${table}_status_run_at`, `${table}_request`],
};

/** The number of rows per transaction. */
const PORTION = 1_000;

/** Uses no index, selects by id. The default of the field `partition` is set by every write of a row without one. */
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
 * Updates job tables of an earlier version, in which runners claimed each job. Jobs get a partition, and the fields and indexes of
 * claims are removed. `processing` jobs stay as they are. The next runner makes them due again, because the runner that their rows name
 * is not alive.
 *
 * Runners of an earlier version must have stopped. Tables of this version do not change. An interrupted update continues with the next
 * call, because the old definitions are removed last.
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

/** Updates rows in the order of their ids, in batches. Gateways are not notified, because they read everything again afterwards. */
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
      // A row of the batch breaks a field definition. The runner cannot deliver such a job either, and logs it.
      for (const id of ids) await owner.queryAll(UPDATE, { ids: [id] }).catch(ignoreStatementError);
    }
    range = new RecordIdRange(table, new BoundExcluded(last.id), undefined);
  }
}

function ignoreStatementError(error: unknown): void {
  if (!isStatementError(error)) throw error;
}
