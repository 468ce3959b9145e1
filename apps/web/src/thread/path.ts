import { RecordId } from '@spookify/client';

/** The address of a thread's page. */
export function threadPath(id: RecordId<'thread'>): string {
  return `/threads/${encodeURIComponent(String(id.id))}`;
}

/** The thread that an address names. */
export function threadId(key: string): RecordId<'thread'> {
  return new RecordId('thread', key);
}
