import { RecordId } from '@spookify/client';

/** Returns the address of a thread's page. */
export function threadPath(id: RecordId<'thread'>): string {
  return `/threads/${encodeURIComponent(String(id.id))}`;
}

/** Returns the thread that an address names. */
export function threadId(key: string): RecordId<'thread'> {
  return new RecordId('thread', key);
}
