import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import type { LocalWrite } from '../optimistic/pending-records.ts';
import { jobFieldsOf } from '../write/guess.ts';
import type { PendingWrite } from './pending-write.ts';

const known = new WeakMap<WireWrite, LocalWrite>();

/** What a pending write changes in what is shown. The same object for the same content. */
export function localWriteOf({ write, guess, record }: PendingWrite): LocalWrite {
  const found = known.get(write);
  if (found !== undefined) return found;
  const local = decoded(write, guess, record);
  known.set(write, local);
  return local;
}

function decoded(write: WireWrite, guess: Readonly<Record<string, WireValue>>, key: string): LocalWrite {
  const id = decodeValue(write.id) as RecordId;
  switch (write.kind) {
    case 'create':
      return { kind: 'create', id, key, fields: fieldsOf({ ...guess, ...write.fields }) };
    case 'run':
      return { kind: 'create', id, key, fields: fieldsOf({ ...guess, ...jobFieldsOf(write) }) };
    case 'update':
      return { kind: 'update', id, key, fields: fieldsOf({ ...guess, ...write.fields }) };
    case 'delete':
      return { kind: 'delete', id, key, fields: new Map() };
  }
}

function fieldsOf(fields: Readonly<Record<string, WireValue>>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, decodeValue(value)]));
}
