import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import type { LocalWrite } from '../optimistic/pending-records.ts';
import { jobFieldsOf } from '../write/guess.ts';
import type { PendingWrite } from './pending-write.ts';

const known = new WeakMap<WireWrite, LocalWrite>();

/** What a pending write changes in what is shown. The same object for the same content. */
export function localWriteOf({ write, guess }: PendingWrite): LocalWrite {
  const found = known.get(write);
  if (found !== undefined) return found;
  const local = decoded(write, guess);
  known.set(write, local);
  return local;
}

function decoded(write: WireWrite, guess: Readonly<Record<string, WireValue>>): LocalWrite {
  const id = decodeValue(write.id) as RecordId;
  switch (write.kind) {
    case 'create':
      return { kind: 'create', id, fields: fieldsOf({ ...guess, ...write.fields }) };
    case 'run':
      return { kind: 'create', id, fields: fieldsOf({ ...guess, ...jobFieldsOf(write) }) };
    case 'update':
      return { kind: 'update', id, fields: fieldsOf({ ...guess, ...write.fields }) };
    case 'delete':
      return { kind: 'delete', id, fields: new Map() };
  }
}

function fieldsOf(fields: Readonly<Record<string, WireValue>>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, decodeValue(value)]));
}
