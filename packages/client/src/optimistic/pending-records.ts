/*
 * What the pending writes make of each record: all writes of one record as one change.
 *
 *   (nothing) ──update──▶ updated        any but created ──create──▶ created, unless it is `updated`: a record that
 *   (nothing) ──create──▶ created                                   can be updated exists already
 *   any ──delete──▶ deleted
 *
 * A write that the database will refuse, such as the update of a deleted record, changes nothing.
 */
import type { RecordId } from 'surrealdb';

/** One pending write, decoded. */
export interface LocalWrite {
  readonly kind: 'create' | 'update' | 'delete';
  readonly id: RecordId;
  /** The text of the id. */
  readonly key: string;
  /**
   * Values by field; `undefined` is NONE. A create has every field whose value is certain or a good guess, also the
   * fields that are certainly NONE: every other field counts as unknown. A delete has none.
   */
  readonly fields: WrittenFields;
}

export type WrittenFields = ReadonlyMap<string, unknown>;

export type RecordChange =
  | { readonly kind: 'updated'; readonly updates: WrittenFields }
  | {
      readonly kind: 'created';
      readonly fields: WrittenFields;
      /** What later updates set. */
      readonly updates: WrittenFields;
      /** Whether an earlier record with this id was deleted before. Nothing of it remains. */
      readonly replaces: boolean;
    }
  | { readonly kind: 'deleted'; readonly wasCreated: boolean };

export interface PendingRecord {
  readonly id: RecordId;
  /** The text of the id. */
  readonly key: string;
  readonly change: RecordChange;
}

/** Changed records by table and key, where the key is the text of the id. In the order of their first writes. */
export type PendingRecords = ReadonlyMap<string, ReadonlyMap<string, PendingRecord>>;

const NO_FIELDS: WrittenFields = new Map();

/** @param writes in the order in which they were made */
export function pendingRecords(writes: readonly LocalWrite[]): PendingRecords {
  const tables = new Map<string, Map<string, PendingRecord>>();
  for (const write of writes) {
    const { id, key } = write;
    const records = tables.get(id.table.name) ?? new Map<string, PendingRecord>();
    tables.set(id.table.name, records);
    records.set(key, { id, key, change: nextChange(records.get(key)?.change, write) });
  }
  return tables;
}

function nextChange(change: RecordChange | undefined, { kind, fields }: LocalWrite): RecordChange {
  switch (kind) {
    case 'create': {
      if (change !== undefined && change.kind !== 'deleted') return change;
      return { kind: 'created', fields, updates: NO_FIELDS, replaces: change?.wasCreated === false };
    }
    case 'update':
      if (change === undefined) return { kind: 'updated', updates: fields };
      if (change.kind === 'deleted') return change;
      return { ...change, updates: new Map([...change.updates, ...fields]) };
    case 'delete':
      return { kind: 'deleted', wasCreated: isNew(change) };
  }
}

/** Whether the record does not exist before the writes. */
function isNew(change: RecordChange | undefined): boolean {
  return change?.kind === 'created' ? !change.replaces : change?.kind === 'deleted' && change.wasCreated;
}
