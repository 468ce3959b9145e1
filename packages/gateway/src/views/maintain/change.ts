import type { RecordId } from 'surrealdb';
import type { RecordFields } from '../../permissions/evaluate.ts';
import type { Row } from '../row.ts';

/** A row that was written since the last round. */
export interface Change {
  readonly id: RecordId;
  /** `String(id)`. */
  readonly key: string;
  readonly table: string;
  /** The row as it is now; undefined if it was deleted. */
  readonly row: RecordFields | undefined;
  /** The encoded row, by the columns that are shown of it: views that show the same columns share it. */
  readonly encoded: Map<string, Row>;
}

export function changeOf(id: RecordId, row: RecordFields | undefined): Change {
  return { id, key: String(id), table: id.table.name, row, encoded: new Map() };
}
