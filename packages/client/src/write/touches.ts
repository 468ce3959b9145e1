import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';

/** The record that a write makes, changes or deletes, as text. */
export function recordOf(write: WireWrite): string {
  return String(decodeValue(write.id));
}

/**
 * The records that a write depends on, as text: its own, and those that its values refer to. A payload is JSON, so a
 * record is a text in it; only records with pending writes count.
 *
 * @param isPending whether a record has pending writes
 */
export function touchesOf(write: WireWrite, isPending: (record: string) => boolean): string[] {
  const found = new Set([recordOf(write)]);
  const visit = (value: WireValue | undefined): void => {
    if (typeof value === 'string' && isPending(value)) found.add(value);
    if (typeof value !== 'object' || value === null) return;
    if (isRecord(value)) found.add(String(decodeValue(value)));
    else for (const item of Object.values(value)) visit(item);
  };
  if (write.kind === 'create' || write.kind === 'update') visit(write.fields);
  if (write.kind === 'run') {
    visit(write.payload);
    visit(write.options?.assignedTo);
  }
  return [...found];
}

function isRecord(value: object): value is { $r: WireValue } {
  return '$r' in value && Object.keys(value).length === 1 && decodeValue(value as WireValue) instanceof RecordId;
}
